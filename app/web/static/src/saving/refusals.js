/** Texts that the server would not keep, with its sentence at the field until the text is another one. */

export class Refusals {
  #fields;
  #template;
  #texts = new Map();

  constructor(fields, template) {
    this.#fields = fields;
    this.#template = template;
    const isDrawn = (name) => fields.control(name).getAttribute("aria-invalid") === "true";
    for (const name of fields.names.filter(isDrawn)) this.#texts.set(name, fields.read(name));
  }

  get size() {
    return this.#texts.size;
  }

  has(name, text) {
    return this.#texts.get(name) === text;
  }

  show(name, text, sentence) {
    const control = this.#fields.control(name);
    const line = this.#template.content.firstElementChild.cloneNode(true);
    this.forget(name);
    this.#texts.set(name, text);
    line.id = `${control.id}-error`;
    line.querySelector("span").textContent = sentence;
    control.after(line);
    control.classList.add("is-invalid");
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", [...describing(control, line.id), line.id].join(" "));
  }

  /** The field has changed: it may be tried again. */
  forget(name) {
    if (!this.#texts.delete(name)) return;
    const control = this.#fields.control(name);
    const id = `${control.id}-error`;
    control.classList.remove("is-invalid");
    control.removeAttribute("aria-invalid");
    control.setAttribute("aria-describedby", describing(control, id).join(" "));
    document.getElementById(id)?.remove();
  }

  goToFirst() {
    const [name] = this.#texts.keys();
    this.#fields.control(name).focus();
  }
}

/** The ids of what describes a control, but for one. */
function describing(control, id) {
  return (control.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
}
