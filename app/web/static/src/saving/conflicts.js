/** Two texts for one field: both are shown at the field until somebody chooses. */

export class Conflicts {
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

  /** `before`: what the page knew when it wrote; `base`: what it knows now that it shows both. */
  show({ field: name, label, stands }, { before, base }) {
    const known = this.#open.get(name);
    const box = known?.box ?? this.#draw(name, label);
    this.#open.set(name, { box, stands, base, before: Math.min(before, known?.before ?? before) });
    box.querySelector("[data-theirs]").textContent = this.#worded(name, stands);
    this.refresh(name);
  }

  /** The other page has written again. */
  update(name, stands, base) {
    const { box, before } = this.#open.get(name);
    this.show({ field: name, label: box.querySelector("[data-label]").textContent, stands }, { before, base });
  }

  /** Both say the same by now. */
  drop(name) {
    this.#open.get(name).box.remove();
    this.#open.delete(name);
  }

  /** Somebody goes on typing into the field. */
  refresh(name) {
    const { box } = this.#open.get(name);
    box.querySelector("[data-mine]").textContent = this.#worded(name, this.#fields.read(name));
  }

  goToFirst() {
    const [{ box }] = this.#open.values();
    box.querySelector("button").focus();
    box.scrollIntoView({ block: "center" });
  }

  #draw(name, label) {
    const box = this.#template.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-label]").textContent = label;
    box.addEventListener("click", ({ target }) => {
      const kept = target.closest("[data-keep]")?.dataset.keep;
      if (kept) this.#settle(name, kept === "mine");
    });
    const control = this.#fields.control(name);
    (control.closest(".board--wide") ?? control.closest(".pcard, .field, .board") ?? control.parentElement).append(box);
    return box;
  }

  #settle(name, isMine) {
    const { stands, base } = this.#open.get(name);
    this.drop(name);
    if (!isMine) this.#fields.write(name, stands);
    this.#choose(name, this.#fields.read(name), base);
    const control = this.#fields.control(name);
    control.focus();
  }

  #worded(name, text) {
    return this.#fields.worded(name, text) || this.#template.dataset.empty;
  }
}
