/**
 * Marks at the fields of a sheet: who wrote there last, and who is there now. In tables one mark a row, at its head.
 *
 * They change nothing of the fields, and are taken away where whoever reads them writes there.
 */

const FRESH = 4_000; // ms in which what has just changed looks so
const PLACES = ".pcard, .scale__card, .figure, .gaps, .field, .board";

export class Marks {
  #fields;
  #template;
  #words;
  #wrote = new Map(); // field → { name, time }
  #here = []; // [{ field, name }]
  #taken = []; // [{ row, name }]
  #drawn = new Map(); // place → its mark
  #held = new Set(); // places in which somebody is

  constructor(fields, template, words) {
    this.#fields = fields;
    this.#template = template;
    this.#words = words;
  }

  /** `isNew`: it has changed before the eyes of whoever looks. */
  wrote(name, by, isNew = false) {
    if (!this.#fields.has(name)) return;
    this.#wrote.set(name, by);
    if (isNew) this.#freshen(this.#cellOf(name));
    this.#draw(this.#placeOf(name));
  }

  wroteHere(name) {
    if (this.#wrote.delete(name)) this.#draw(this.#placeOf(name));
  }

  /** Where everybody else is by now, and the rows that they began. */
  show(here, taken) {
    this.#here = here.filter(({ field }) => this.#fields.has(field));
    this.#taken = taken.filter(({ row }) => this.#inRow(row));
    const held = new Set(this.#here.map(({ field }) => this.#cellOf(field)));
    for (const cell of this.#held) if (!held.has(cell)) cell.classList.remove("is-held");
    for (const cell of held) cell.classList.add("is-held");
    this.#held = held;
    for (const { row } of this.#taken) bring(this.#inRow(row));
    const places = [...this.#here.map(({ field }) => this.#placeOf(field)), ...this.#taken.map(({ row }) => this.#headOf(row))];
    for (const place of new Set([...this.#drawn.keys(), ...places])) this.#draw(place);
  }

  lookAt(name) {
    const cell = this.#cellOf(name);
    cell.scrollIntoView({ block: "center" });
    this.#freshen(cell);
  }

  #freshen(cell) {
    cell.classList.add("is-fresh");
    setTimeout(() => cell.classList.remove("is-fresh"), FRESH);
  }

  #draw(place) {
    const wrote = [...this.#wrote].filter(([name]) => this.#placeOf(name) === place).map(([, by]) => by);
    const here = this.#here.filter(({ field }) => this.#placeOf(field) === place);
    const taken = this.#taken.filter(({ row }) => this.#headOf(row) === place);
    const is = names([...here, ...taken]);
    const mark = this.#drawn.get(place) ?? this.#added(place, wrote.length + is.length);
    if (!mark) return;
    const last = wrote.length === 1 ? `${wrote[0].name} ${wrote[0].time}` : names(wrote).join(this.#words.comma);
    fill(mark.querySelector("[data-is]"), is.length ? this.#words.writes.replace("{name}", is.join(this.#words.comma)) : "");
    fill(mark.querySelector("[data-wrote]"), last);
  }

  #added(place, isWanted) {
    if (!isWanted) return null;
    const mark = this.#template.content.firstElementChild.cloneNode(true);
    if (place.localName === "th") mark.ariaHidden = "true"; // it would be read with every cell of the row
    place.append(mark);
    this.#drawn.set(place, mark);
    return mark;
  }

  #cellOf(name) {
    const control = this.#fields.control(name);
    return control.closest("td") ?? control.closest(PLACES) ?? control.parentElement;
  }

  #placeOf(name) {
    const cell = this.#cellOf(name);
    return cell.closest("tr")?.querySelector("th") ?? cell;
  }

  #inRow(row) {
    const name = this.#fields.names.find((each) => each.startsWith(`${row}.`));
    return name && this.#fields.control(name);
  }

  #headOf(row) {
    const control = this.#inRow(row);
    return control.closest("tr")?.querySelector("th") ?? control.parentElement;
  }
}

/** How a field is called: what screen readers call it. */
export function labelOf(control) {
  const group = control.closest("fieldset")?.querySelector("legend");
  const named = control.getAttribute("aria-labelledby")?.split(" ").map((id) => document.getElementById(id)) ?? [];
  const parts = named.length ? named : [control.type === "radio" ? group : control.labels?.[0]];
  const words = control.ariaLabel ?? parts.map((part) => part?.innerText ?? "").join(" ");
  return words.replace(/\s+/g, " ").trim();
}

/** A row that waits for somebody to want it, and that somebody has begun. */
export function bring(control) {
  const row = control.closest("tr");
  if (!row?.hidden) return;
  row.hidden = false;
  control.dispatchEvent(new Event("restore", { bubbles: true })); // the table follows
}

function fill(part, words) {
  part.hidden = !words;
  const said = part.querySelector("span");
  if (said.textContent !== words) said.textContent = words;
}

const names = (list) => [...new Set(list.map(({ name }) => name))];
