/**
 * Tables to write in: rows that come when they are wanted, and cells that are worked out while somebody types.
 *
 * Every row is on the page from the start, those not wanted yet hidden; so nothing else needs to know that the table
 * grows. Numbers are exact, as where answers are marked. What cannot be read here is left empty: saving works it out.
 */

// Fractions, as [over, under] of BigInt

const ZERO = [0n, 1n];

function fraction(over, low = 1n) {
  if (low < 0n) return fraction(-over, -low);
  let [a, b] = [over < 0n ? -over : over, low];
  while (b) [a, b] = [b, a % b];
  return [over / a, low / a];
}

const plus = (x, y) => fraction(x[0] * y[1] + y[0] * x[1], x[1] * y[1]);
const times = (x, y) => fraction(x[0] * y[0], x[1] * y[1]);
const inverse = (x) => (x[0] ? fraction(x[1], x[0]) : undefined);
const minus = (x) => [-x[0], x[1]];
const compared = (x, y) => x[0] * y[1] - y[0] * x[1];
const down = ([over, low]) => over / low - (over % low < 0n ? 1n : 0n);

function rounded(x, digits = 0n) {
  const factor = 10n ** digits;
  const size = x[0] < 0n ? minus(x) : x;
  const away = (2n * size[0] * factor + size[1]) / (2n * size[1]);
  return fraction(x[0] < 0n ? -away : away, factor);
}

/** The number in a text as most people type one; nothing for what only the server reads. */
function numberIn(text) {
  const plain = text.normalize("NFKC").replaceAll(/\s/g, "");
  const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(?!\d)/.test(plain) ? plain.replaceAll(",", "") : plain;
  const found = /^([+-]?)(\d+)(?:\.(\d*))?(?:\/(\d+))?(%?)[^\d.,%/千万亿萬億]*$/.exec(grouped);
  if (!found) return undefined;
  const [, sign, whole, decimals = "", low = "1", percent] = found;
  if (!BigInt(low)) return undefined;
  const size = fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length) * BigInt(low));
  return { value: sign === "-" ? minus(size) : size, percent: Boolean(percent) };
}

/** To two decimals, without noughts at the end. */
function inFigures(x) {
  const [over, low] = rounded(x, 2n);
  const hundredths = String((over < 0n ? -over : over) * (100n / low)).padStart(3, "0");
  const text = `${hundredths.slice(0, -2)}.${hundredths.slice(-2)}`.replace(/\.?0+$/, "");
  return over < 0n ? `-${text}` : text;
}

// Formulas, as Python wrote them: ["+", ["name", "units"], ["number", "2"]]

const DAY = 86_400_000;
const ALL = {
  "+": plus,
  "-": (x, y) => plus(x, minus(y)),
  "*": times,
  "/": (x, y) => (y[0] ? times(x, inverse(y)) : undefined),
  min: (...all) => all.reduce((x, y) => (compared(y, x) < 0n ? y : x)),
  max: (...all) => all.reduce((x, y) => (compared(y, x) > 0n ? y : x)),
  abs: (x) => (x[0] < 0n ? minus(x) : x),
  floor: (x) => [down(x), 1n],
  ceil: (x) => [-down(minus(x)), 1n],
  round: (x, [digits, low] = ZERO) => (low === 1n && digits >= 0n && digits <= 9n ? rounded(x, digits) : undefined),
  days: (from, to) => [BigInt(Math.round((to - from) / DAY)), 1n],
  months: (from, to) => (to < from ? minus(months(to, from)) : months(from, to)),
};

function months(from, to) {
  const whole = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  return [BigInt(whole - (to.getUTCDate() < Math.min(from.getUTCDate(), last) ? 1 : 0)), 1n];
}

function worked([what, ...rest], values) {
  if (what === "name") return values[rest[0]];
  if (what === "number") return numberIn(rest[0]).value;
  if (what === "text") return dateIn(rest[0]);
  const parts = rest.map((part) => worked(part, values));
  return parts.includes(undefined) ? undefined : ALL[what](...parts);
}

const dateIn = (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00Z`) : undefined);

// Cells

const controlOf = (cell) => cell.querySelector("input, select, textarea");
const textOf = (cell) => (controlOf(cell)?.value ?? cell.querySelector("[data-given]")?.textContent ?? "").trim();

function valueOf(cell) {
  if (cell.classList.contains("ledger__date")) return dateIn(textOf(cell));
  const read = cell.classList.contains("ledger__number") ? numberIn(textOf(cell)) : undefined;
  return read?.percent && !cell.dataset.label.endsWith("%") ? times(read.value, [1n, 100n]) : read?.value;
}

/** As the fields of a row begin. */
const nameOf = (row) => row.querySelector("[name]")?.name.replace(/\.[^.]*$/, "");

const isBlank = (row) =>
  [...row.querySelectorAll("input, select, textarea")].every((each) =>
    each.type === "checkbox" ? !each.checked : !each.value.trim(),
  );

class LedgerTable extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector("[data-more]");
    if (!this.bar || this.rows) return;
    this.rows = [...this.querySelectorAll("tbody tr")];
    this.first = this.rows.filter((row) => !row.hidden).length;
    this.derived = [...this.querySelectorAll("[data-formula]")].map(({ dataset }) => ({
      id: dataset.of,
      steps: JSON.parse(dataset.formula),
      bands: JSON.parse(dataset.bands ?? "[]"),
    }));
    this.bar.querySelector("[data-add]").addEventListener("click", () => this.#add());
    this.bar.querySelector("[data-remove]").addEventListener("click", () => this.#remove());
    for (const kind of ["input", "change", "restore"])
      this.addEventListener(kind, ({ target }) => this.#changed(target.closest("tbody tr"), kind === "restore"));
    this.#show();
  }

  get #shown() {
    return this.rows.filter((row) => !row.hidden);
  }

  /** Whoever writes with others is asked first which row is still free. */
  #add() {
    const waiting = this.rows.filter((each) => each.hidden);
    const bring = (name) => this.#bring(this.rows.find((each) => nameOf(each) === name));
    const wish = new CustomEvent("addrow", { bubbles: true, cancelable: true, detail: { rows: waiting.map(nameOf), bring } });
    if (this.dispatchEvent(wish)) this.#bring(waiting[0]);
  }

  #bring(row) {
    row.hidden = false;
    this.#say("added", row);
    const held = document.activeElement; // who has gone on to something else meanwhile stays there
    if (!held || held === document.body || this.bar.contains(held)) row.querySelector("input, select, textarea")?.focus();
    this.#show();
  }

  #remove() {
    const row = this.#shown.at(-1);
    row.hidden = true;
    this.dispatchEvent(new CustomEvent("droprow", { bubbles: true, detail: { row: nameOf(row) } }));
    this.#say("removed", row);
    this.#show();
    if (this.bar.querySelector("[data-remove]").hidden) this.bar.querySelector("[data-add]").focus();
  }

  #say(what, row) {
    const name = row.querySelector("th").textContent;
    this.querySelector("[data-said]").textContent = this.dataset[what].replace("{row}", name);
  }

  /** `isRestored`: from what is kept, perhaps into a row that is not shown yet. */
  #changed(row, isRestored) {
    if (!row) return;
    if (isRestored && row.hidden && !isBlank(row))
      for (const each of this.rows.slice(0, this.rows.indexOf(row) + 1)) each.hidden = false;
    this.#workOut(row);
    this.#show();
  }

  #show() {
    const shown = this.#shown;
    this.bar.hidden = this.rows.length === this.first;
    this.bar.querySelector("[data-add]").hidden = shown.length === this.rows.length;
    this.bar.querySelector("[data-remove]").hidden = shown.length <= this.first || !isBlank(shown.at(-1));
  }

  #workOut(row) {
    if (!this.derived.length) return;
    const cells = Object.fromEntries([...row.querySelectorAll("td")].map((cell) => [cell.dataset.column, cell]));
    const values = {};
    for (const [id, cell] of Object.entries(cells)) values[id.replaceAll("-", "_")] = valueOf(cell);
    for (const { id, steps, bands } of this.derived) {
      const value = worked(steps, values);
      values[id.replaceAll("-", "_")] = value;
      const band = value && bands.find(([limit]) => !limit || compared(value, numberIn(limit).value) <= 0n);
      const text = value === undefined ? "" : bands.length ? (band?.[1] ?? "") : inFigures(value);
      cells[id].querySelector("[data-out]").textContent = text;
    }
  }
}

/** Weighted means of columns of numbers, and their places. */
class GridSums extends HTMLElement {
  connectedCallback() {
    this.sums = this.querySelector("[data-sums=total]");
    if (!this.sums || this.rows) return;
    this.rows = [...this.querySelectorAll("tbody tr:not([data-sums])")];
    for (const kind of ["input", "change", "restore"]) this.addEventListener(kind, () => this.#show());
  }

  #weights() {
    const own = this.dataset.weights;
    return this.rows.map((row) => {
      const given = numberIn(row.dataset.weight ?? "")?.value;
      return own ? valueOf(row.querySelector(`[data-column="${own}"]`)) : given;
    });
  }

  #show() {
    const weights = this.#weights();
    const all = weights.includes(undefined) ? undefined : weights.reduce(plus, ZERO);
    const totals = [];
    for (const cell of this.sums.querySelectorAll("td.ledger__number")) {
      const { column } = cell.dataset;
      const values = this.rows.map((row) => valueOf(row.querySelector(`[data-column="${column}"]`)));
      const isWhole = all?.[0] && !values.includes(undefined);
      const mean = isWhole && times(values.map((value, n) => times(value, weights[n])).reduce(plus, ZERO), inverse(all));
      const total = column === this.dataset.weights ? values.filter(Boolean).reduce(plus, ZERO) : mean;
      cell.querySelector("[data-out]").textContent = total ? inFigures(total) : "";
      if (column !== this.dataset.weights) totals.push([column, mean]);
    }
    this.#rank(totals);
  }

  #rank(totals) {
    const isWhole = totals.every(([, total]) => total);
    for (const [column, total] of totals) {
      const place = isWhole ? 1 + totals.filter(([, other]) => compared(other, total) > 0n).length : "";
      const cell = this.querySelector(`[data-sums=rank] [data-column="${column}"] [data-out]`);
      if (cell) cell.textContent = place;
    }
  }
}

customElements.define("ledger-table", LedgerTable);
customElements.define("grid-sums", GridSums);
