/**
 * <allocation-board>: says what is left of a total and draws the shares while somebody types.
 *
 * What documents/scales.html draws inside it works without this script: a field a share. The drawing is decoration, the
 * sum is said in words.
 */
const SVG = "http://www.w3.org/2000/svg";

class AllocationBoard extends HTMLElement {
  connectedCallback() {
    if (!this.marks) this.#equip();
    this.#show();
  }

  #equip() {
    this.total = Number(this.dataset.total);
    this.fields = [...this.querySelectorAll("[data-share] input")];
    this.sum = this.querySelector("[data-sum]");
    this.sum.hidden = false;
    this.marks = this.dataset.chart === "pie" ? this.#pie() : this.fields.map(bar);
    this.addEventListener("input", () => this.#show());
    this.addEventListener("restore", () => this.#show());
  }

  #pie() {
    const drawing = draw("svg", { class: "shares__pie", viewBox: "0 0 42 42", "aria-hidden": "true" });
    this.sum.before(drawing);
    return this.fields.map((_, place) => {
      const slice = draw("circle", { class: `shares__slice--${(place % 8) + 1}`, cx: 21, cy: 21, r: 15.9155 });
      drawing.append(slice);
      return (share, before) => {
        slice.setAttribute("stroke-dasharray", `${share} ${100 - share}`);
        slice.setAttribute("stroke-dashoffset", 125 - before);
      };
    });
  }

  #show() {
    const values = this.fields.map((field) => numberIn(field.value));
    const given = values.reduce((sum, value) => sum + value, 0);
    const whole = Math.max(given, this.total);
    let before = 0;
    values.forEach((value, place) => {
      this.marks[place]((100 * value) / whole, before);
      before += (100 * value) / whole;
    });
    const left = this.total - given;
    const isExact = Math.abs(left) < 1e-9;
    const words = isExact ? "exact" : left > 0 ? "left" : "over";
    this.sum.className = `shares__sum shares__sum--${words}`;
    this.sum.value = this.dataset[words]
      .replace("{given}", inFigures(given))
      .replace("{left}", inFigures(Math.abs(left)));
  }
}

/** A bar under a field, drawn over its whole width. */
function bar(field) {
  const drawing = draw("svg", {
    class: "shares__bar",
    viewBox: "0 0 100 1",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const filled = draw("rect", { height: 1 });
  drawing.append(filled);
  field.closest("[data-share]").append(drawing);
  return (share) => filled.setAttribute("width", share);
}

function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** What is typed as a number; the server reads more than this, and has the last word. */
function numberIn(text) {
  const tidy = text.normalize("NFKC").replace(/[%\s]/g, "");
  return /^\d+([.,]\d+)?$/.test(tidy) ? Number(tidy.replace(",", ".")) : 0;
}

const inFigures = (number) => String(Math.round(number * 100) / 100);

customElements.define("allocation-board", AllocationBoard);
