/** Two texts for one field, or more: all are shown at the field until somebody chooses. */

export class Conflicts {
  givesWay = () => false; // whether what stands in a field counts without asking anybody
  whose = () => ""; // who wrote a text, where that is known
  #fields;
  #template;
  #open = new Map();
  #choose;

  /** `choose(name, text, base)` is called with what shall stand, and the newest change that whoever chose had seen. */
  constructor(fields, template, choose) {
    this.#fields = fields;
    this.#template = template;
    this.#choose = choose;
  }

  has(name) {
    return this.#open.has(name);
  }

  get size() {
    return this.#open.size;
  }

  /** The oldest base among them: what a plain form must say it knew, so that the server sees the clash as well. */
  get base() {
    return Math.min(...[...this.#open.values()].map((conflict) => conflict.before));
  }

  /** `other`: a text that waits beside the one that stands. `before`, `base`: known when writing, and known now. */
  show({ field: name, label, stands, other, yours }, { before, base }) {
    if (!this.#fields.has(name)) return;
    const here = this.#fields.read(name);
    if (this.givesWay(name)) return this.#take(name, here === yours ? stands : here, base);
    const { box = this.#draw(name, label), others = [], before: first = before } = this.#open.get(name) ?? {};
    const all = other === undefined ? others : [...others, other];
    this.#open.set(name, { box, label, stands, others: all, base, before: Math.min(before, first) });
    if (this.#texts(name).length) this.refresh(name);
    else this.#drop(name); // all say the same by now
  }

  /** The other page has written again. */
  update(name, stands, base) {
    const { label, before } = this.#open.get(name);
    this.show({ field: name, label, stands }, { before, base });
  }

  /** Somebody goes on typing into the field. */
  refresh(name) {
    const { box } = this.#open.get(name);
    const part = this.#template.content.querySelector("[data-other]");
    for (const shown of box.querySelectorAll("[data-other]")) shown.remove();
    box.querySelector("[data-mine]").textContent = this.#worded(name, this.#fields.read(name));
    for (const text of this.#texts(name)) {
      const shown = part.cloneNode(true);
      shown.querySelector("[data-theirs]").textContent = this.#worded(name, text);
      const whose = shown.querySelector(".clash__whose");
      whose.textContent = this.whose(name, text) || whose.textContent;
      shown.querySelector("[data-keep]").addEventListener("click", () => this.#settle(name, text));
      box.querySelector(".clash__texts").append(shown);
    }
  }

  goToFirst() {
    const [{ box }] = this.#open.values();
    box.querySelector("button").focus();
    box.scrollIntoView({ block: "center" });
  }

  /** What others wrote that is not what stands on this page. */
  #texts(name) {
    const { stands, others } = this.#open.get(name);
    return [...new Set([stands, ...others])].filter((text) => text !== this.#fields.read(name));
  }

  #drop(name) {
    this.#open.get(name).box.remove();
    this.#open.delete(name);
  }

  #draw(name, label) {
    const box = this.#template.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-label]").textContent = label;
    box.querySelector("[data-keep=mine]").addEventListener("click", () => this.#settle(name, this.#fields.read(name)));
    const control = this.#fields.control(name);
    (control.closest(".board--wide") ?? control.closest(".pcard, .scale__card, .figure, .gaps, .field, .board") ?? control.parentElement).append(box);
    return box;
  }

  #settle(name, text) {
    const { base } = this.#open.get(name);
    this.#drop(name);
    this.#take(name, text, base);
    this.#fields.control(name).focus();
  }

  #take(name, text, base) {
    if (text !== this.#fields.read(name)) this.#fields.write(name, text);
    this.#choose(name, this.#fields.read(name), base);
  }

  #worded(name, text) {
    return this.#fields.worded(name, text) || this.#template.dataset.empty;
  }
}
