/** The fields of a sheet as texts by name, whatever controls they are. */

const OWN = new Set(["csrf_token", "client", "base", "sheet"]);
const CANNOT_BE_KEPT = /[^\P{Cc}\n\t]|\p{Cs}/gu; // control characters and halves of a character

export class Fields {
  #controls = new Map();

  constructor(form) {
    for (const control of form.elements) {
      if (!control.name || OWN.has(control.name) || control.type === "submit") continue;
      this.#controls.set(control.name, [...(this.#controls.get(control.name) ?? []), control]);
    }
  }

  get names() {
    return [...this.#controls.keys()];
  }

  has(name) {
    return this.#controls.has(name);
  }

  /** Where a field stands on the page; of radio buttons the chosen one. */
  control(name) {
    const controls = this.#controls.get(name);
    return controls.find((control) => control.checked) ?? controls[0];
  }

  /** What stands in a field now. */
  read(name) {
    const found = this.#controls.get(name);
    if (isTicked(found[0])) return found.find((control) => control.checked)?.value ?? "";
    return found[0].value.replace(CANNOT_BE_KEPT, "");
  }

  /** What stood in it when the server drew the page, whatever the browser has brought back since. */
  drawn(name) {
    const found = this.#controls.get(name);
    if (isTicked(found[0])) return found.find((control) => control.defaultChecked)?.value ?? "";
    const options = found[0].options && [...found[0].options];
    if (options) return (options.find((option) => option.defaultSelected) ?? options[0]).value;
    const probe = document.createElement(found[0].localName);
    if (found[0].localName === "input") probe.type = found[0].type;
    probe.value = found[0].defaultValue; // as the control holds it: one line, a date or none
    return probe.value.replace(CANNOT_BE_KEPT, "");
  }

  /** Set a field without a "change" that somebody made; boards follow by "restore". */
  write(name, text) {
    const found = this.#controls.get(name);
    if (isTicked(found[0])) for (const control of found) control.checked = control.value === text;
    else found[0].value = text;
    found[0].dispatchEvent(new Event("restore", { bubbles: true }));
  }

  /** Let nobody type, or let them again; what stands in the fields stays readable. */
  lock(isLocked, names = this.names) {
    for (const control of names.flatMap((name) => this.#controls.get(name) ?? [])) {
      const how = "readOnly" in control && !isTicked(control) ? "readOnly" : "disabled";
      control[how] = isLocked;
    }
  }

  /** What a text of this field says to a person: the label of what is chosen. */
  worded(name, text) {
    const found = this.#controls.get(name);
    const option = found[0].options && [...found[0].options].find((each) => each.value === text);
    if (option) return option.textContent.trim();
    const chosen = isTicked(found[0]) && found.find((control) => control.value === text);
    const label = chosen && chosen.labels[0];
    return chosen ? ((label?.querySelector(".pick__name") ?? label)?.textContent.trim() ?? "✓") : text;
  }
}

const isTicked = (control) => control.type === "radio" || control.type === "checkbox";
