/**
 * <discussion-bar>: where a party is in its discussion, kept up to date while the sheet lies open.
 *
 * The page that asks what the others wrote says `live` on the document; under `discussion` it tells the stage, since
 * when, who leads, and what the trainer says. Moments are the server's; from there the time is counted by the browser's
 * steady clock. Nothing happens by itself when the minutes of a stage are over: a sentence says so, once.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

class DiscussionBar extends HTMLElement {
  #ahead = 0; // the server's clock minus the steady one
  #stage = "";
  #since = 0;
  #words = 0; // how many the trainer has said
  #timer = 0;
  #calledOver = false;

  connectedCallback() {
    this.steps = [...this.querySelectorAll(".talk__steps [data-stage]")];
    this.voice = this.querySelector("[data-voice]");
    const drawn = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
    this.#ahead = Number(this.dataset.now) - drawn;
    this.#stage = this.dataset.stage;
    this.#since = Number(this.dataset.since);
    this.#words = this.querySelectorAll("[data-list] li").length;
    this.#calledOver = this.#left <= 0; // the page was drawn with that sentence
    this.addEventListener("click", (event) => this.#press(event));
    document.addEventListener("live", ({ detail }) => detail.discussion && this.#hear(detail.discussion));
    document.addEventListener("visibilitychange", () => document.hidden || this.#tick());
    this.#tick();
  }

  get #place() {
    return Math.max(0, this.steps.findIndex((step) => step.dataset.stage === this.#stage));
  }

  get #minutes() {
    return Number(this.steps[this.#place].dataset.minutes);
  }

  get #left() {
    return this.#minutes ? this.#since + this.#minutes * MINUTE - performance.now() - this.#ahead : Infinity;
  }

  // The time

  #tick() {
    clearTimeout(this.#timer);
    const left = this.#left;
    const time = this.querySelector("[data-time]");
    time.hidden = left === Infinity;
    if (left === Infinity) return;
    const isOver = left <= 0;
    time.classList.toggle("is-over", isOver);
    this.#write(this.querySelector("[data-left]"), isOver ? this.dataset.over : this.#inWords(left));
    if (isOver && !this.#calledOver) this.#say(this.dataset.over);
    this.#calledOver = isOver;
    if (!isOver) this.#timer = setTimeout(() => this.#tick(), Math.min(left, left % MINUTE || MINUTE) + 20);
  }

  #inWords(left) {
    const minutes = Math.floor(left / MINUTE); // less than there is, rather than more
    if (!minutes) return this.dataset.less;
    return minutes === 1 ? this.dataset.one : this.dataset.many.replace("{minutes}", minutes);
  }

  // What others did

  #hear(told) {
    this.#ahead = told.now - performance.now();
    this.#showStage(told.stage || this.steps[0].dataset.stage, told.since);
    this.#showLead(told);
    this.#showWords(told.words);
    this.#tick();
  }

  #showStage(stage, since) {
    this.#since = since;
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.#calledOver = false;
    const place = this.#place;
    this.steps.forEach((step, at) => {
      step.classList.toggle("is-past", at < place);
      if (at === place) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    for (const line of this.querySelectorAll("[data-for]")) line.hidden = line.dataset.for !== stage;
    for (const button of this.querySelectorAll("[data-direction]")) this.#aim(button, place);
    this.#say(this.dataset.moved.replace("{stage}", this.steps[place].dataset.name));
  }

  /** What a button leads to, seen from the stage that is shown. */
  #aim(button, place) {
    const to = this.steps[place + (button.dataset.direction === "after" ? 1 : -1)];
    button.hidden = !to;
    button.formAction = leadingTo(button, { seen: this.#stage, to: to?.dataset.stage ?? "" });
    button.querySelector("[data-to]").textContent = to?.dataset.name ?? "";
  }

  #showLead({ leader, leads, members }) {
    this.#write(this.querySelector("[data-leader]"), members.find(({ id }) => id === leader)?.name ?? "–");
    this.#toggle("[data-leads]", leads);
    this.#toggle("[data-takes]", !leads);
    this.#toggle("[data-hand]", members.length > 1);
    const choices = this.querySelector("[data-members]");
    const others = members.filter(({ id }) => String(id) !== this.dataset.own);
    if (choices && [...choices.children].map(({ textContent }) => textContent).join() !== others.map(({ name }) => name).join())
      choices.replaceChildren(...others.map((member) => this.#handTo(member)));
  }

  #handTo({ id, name }) {
    const button = this.querySelector("template[data-other]").content.firstElementChild.cloneNode(true);
    button.formAction = leadingTo(button, { leader: id });
    button.querySelector("span").textContent = name;
    return button;
  }

  #showWords(words) {
    const list = this.querySelector("[data-list]");
    const shown = [...list.querySelectorAll(".talk__text")].map(({ textContent }) => textContent);
    if (shown.length === words.length && words.every(({ text }, at) => text === shown[at])) return;
    const blank = this.querySelector("template[data-word]").content;
    list.replaceChildren(
      ...words.map(({ by, text }) => {
        const line = blank.cloneNode(true);
        line.querySelector("b").textContent = by;
        line.querySelector(".talk__text").textContent = text;
        return line;
      }),
    );
    list.hidden = !words.length;
    if (words.length > this.#words) this.#say(this.dataset.said.replace("{text}", () => words.at(-1).text));
    this.#words = words.length;
  }

  #toggle(selector, isShown) {
    const found = this.querySelector(selector);
    if (found) found.hidden = !isShown;
  }

  #write(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  #say(sentence) {
    this.voice.textContent = sentence;
  }

  // What somebody does here

  /** The buttons belong to the form of the sheet; with a script they need not take it along. */
  async #press(event) {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    event.preventDefault();
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    let trouble = "";
    try {
      const headers = { Accept: "application/json", "X-CSRFToken": document.getElementById("answers").elements.csrf_token.value };
      const answer = await fetch(button.formAction, { method: "POST", headers });
      const told = await answer.json();
      if (answer.ok) this.#hear(told);
      else trouble = told.detail ?? this.dataset.failed;
      if (answer.ok) button.closest("details")?.removeAttribute("open");
    } catch {
      trouble = this.dataset.failed;
    }
    button.ariaBusy = "false";
    const place = this.querySelector("[data-trouble]");
    place.textContent = trouble;
    place.hidden = !trouble;
  }
}

/** Where a button leads, with other things said. */
function leadingTo(button, said) {
  const url = new URL(button.formAction);
  for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value);
  return url.href;
}

customElements.define("discussion-bar", DiscussionBar);
