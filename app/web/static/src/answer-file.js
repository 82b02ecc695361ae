/** <answer-file>: takes an answer out of a sheet as a file, and takes one in, field by field as if it were typed. */
import { Fields } from "./saving/fields.js";
import { fileOf, offer, readFile } from "./saving/file.js";

class AnswerFile extends HTMLElement {
  #taken = null; // what a file says that was read

  connectedCallback() {
    const place = document.querySelector(".sheet--work, [data-sheet]");
    this.form = place.closest("form");
    this.fields = new Fields(this.form);
    this.names = this.fields.names.filter((name) => place.contains(this.fields.control(name)));
    this.dialog = this.querySelector("dialog");
    const input = this.querySelector("input[type=file]");
    this.querySelector("[data-take-out]")?.addEventListener("click", () => this.#takeOut());
    this.querySelector("[data-choose]").addEventListener("click", () => input.click());
    input.addEventListener("change", () => this.#read(input));
    this.dialog.addEventListener("close", () => this.#take(this.dialog.returnValue));
    this.hidden = false;
  }

  #takeOut() {
    const { exercise, title, attempt, number, name } = this.dataset;
    const fields = Object.fromEntries(this.names.map((each) => [each, this.fields.read(each)]));
    const unsent = this.closest("autosave-form").sheet.record("")?.fields ?? {};
    const about = { exercise, title, attempt: Number(attempt), person: { number, name } };
    offer(fileOf({ ...about, fields, unsent }), document.querySelector("left-answers dialog[data-copy]"));
  }

  async #read(input) {
    const [file] = input.files;
    if (!file) return;
    this.#say("");
    const { exercise, number } = this.dataset;
    const accepts = (...field) => this.#accepts(...field);
    const found = await readFile(file, { exercise, number, names: this.names, accepts });
    input.value = ""; // the same file may be chosen again
    if (found.problem) return this.#refuse(found);
    this.#ask(found.fields);
  }

  #refuse({ problem, list = [] }) {
    const told = this.dataset[problem === "exercise" ? "wrongExercise" : problem];
    this.#say(told.replace("{list}", list.join(", ")));
  }

  #ask(texts) {
    const differ = Object.keys(texts).filter((name) => this.fields.read(name) !== texts[name]);
    if (this.form.hasAttribute("data-locked")) return this.#say(this.dataset.shut);
    if (!differ.length) return this.#say("", this.dataset.same);
    const blank = differ.filter((name) => !this.fields.read(name));
    this.#taken = { texts, all: differ, blank };
    const [said, onlyBlank] = this.dialog.querySelectorAll("p");
    said.textContent = differ.length === 1 ? this.dataset.differOne : this.dataset.differ.replace("{count}", differ.length);
    onlyBlank.textContent = blank.length ? this.dataset.blank.replace("{count}", blank.length) : "";
    this.dialog.querySelector("[value=blank]").hidden = !blank.length || blank.length === differ.length;
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  /** Autosave and its rules take over from here, as with anything typed. */
  #take(which) {
    const { texts, [which]: names = [] } = this.#taken ?? {};
    this.#taken = null;
    for (const name of names) {
      this.fields.write(name, texts[name]);
      this.fields.control(name).dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (names.length) this.fields.control(names[0]).focus();
  }

  /** Whether a field can hold a text: of what can be chosen, only that can. */
  #accepts(name, text) {
    const before = this.fields.read(name);
    if (before === text) return true;
    this.fields.write(name, text);
    const isHeld = this.fields.read(name) === text;
    this.fields.write(name, before);
    return isHeld;
  }

  #say(problem, done = "") {
    const place = this.querySelector("[data-problem]");
    place.hidden = !problem;
    place.querySelector("span").textContent = problem;
    this.querySelector("[data-done]").textContent = done;
  }
}

customElements.define("answer-file", AnswerFile);
