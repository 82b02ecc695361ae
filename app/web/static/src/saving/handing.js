/** Handing in while the server cannot be reached: a dialog that says what it means, and the wait with a way back. */

export class Handing {
  #dialog;
  #note;
  #bar;

  /** `confirmed` and `takenBack` are called when somebody has decided. */
  constructor(form, { confirmed, takenBack }) {
    this.#dialog = form.querySelector("dialog[data-hand-in]");
    this.#note = form.querySelector("[data-note=waiting]");
    this.#bar = form.querySelector(".workbar .btn-primary");
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "hand-in") confirmed();
    });
    this.#note.querySelector("button").addEventListener("click", takenBack);
  }

  /** `questions`: the names of each one's fields; `least`: how many of them each one needs. */
  ask(fields, questions, least) {
    const isFilled = (name) => fields.has(name) && fields.read(name).trim();
    const blank = questions.filter((names, place) => names.filter(isFilled).length < least[place]).length;
    const line = this.#dialog.querySelector("[data-blank]");
    line.hidden = !blank;
    line.textContent = line.dataset[blank === 1 ? "one" : "many"].replace("{count}", blank);
    this.#dialog.returnValue = "";
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Show that it waits; `mustChoose`: for a choice between two texts, not for the network. A locked sheet has no bar. */
  show(isWaiting, mustChoose, isLocked) {
    this.#note.hidden = !isWaiting;
    this.#bar.hidden = isLocked;
    const said = this.#note.querySelector("[data-sentence]");
    const sentence = mustChoose ? said.dataset.choose : said.dataset.wait;
    if (said.textContent !== sentence) said.textContent = sentence;
  }
}
