/**
 * <autosave-form>: keeps what is written on a sheet while it is written, and says honestly what is kept.
 *
 * What somebody types is written down on the device first, then sent, and forgotten there once the server has
 * acknowledged it. A save that got no answer is sent again as it was: the server counts it once. A page that comes
 * after a dead one, as after a crash or a reload, goes on with what that one has left. "Saved" is said only after the
 * server has said so. Without this script the form around the sheet does the same by its buttons.
 */
import { Conflicts } from "./saving/conflicts.js";
import { Door } from "./saving/door.js";
import { Fields } from "./saving/fields.js";
import { Handing } from "./saving/handing.js";
import { Keeper } from "./saving/keeper.js";
import { Refusals } from "./saving/refusals.js";
import { backOff, sendHandIn, sendSave } from "./saving/send.js";
import { Sheet } from "./saving/sheet.js";
import { note, say } from "./saving/status.js";

const PAUSE = 800; // ms without typing after which is saved
const LONGEST_PAUSE = 5_000; // ms that somebody may type without a save

class AutosaveForm extends HTMLElement {
  pause = PAUSE;
  longest = LONGEST_PAUSE;
  turn = 0; // counts what begins and ends on its way to the server
  #running = null; // the promise of what is under way to the server
  #failures = 0;
  #since = 0; // when somebody began to type what is not saved
  #timer = 0;
  #stopped = ""; // the sentence with which the server refused to go on
  #late = ""; // the sentence about what came after the end
  #isOver = false;
  #tokenTried = false;
  #hasAsked = false; // the browser, not to throw away what is kept here
  #hasWaited = false; // for the last save before the form goes
  #submitting = false;
  #time = "";

  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    const { person, attempt, exercise, url, base, unsaved } = this.dataset;
    this.fields = new Fields(this.form);
    this.settled = JSON.parse(this.dataset.settled ?? "[]"); // was checked, and stays as it is
    this.fields.lock(true, this.settled);
    this.door = new Door(this.querySelector("dialog.door-again"), Number(person), () => this.#show());
    this.conflicts = new Conflicts(this.fields, this.querySelector("template[data-conflict]"), (...choice) =>
      this.#chosen(...choice),
    );
    this.refusals = new Refusals(this.fields, this.querySelector("template[data-refusal]"));
    this.sheet = new Sheet({
      ...{ fields: this.fields, conflicts: this.conflicts, refusals: this.refusals },
      about: { person: Number(person), attempt: Number(attempt), exercise, url, title: document.querySelector("h1").innerText },
      ...{ base: Number(base), unsaved: JSON.parse(unsaved) },
    });
    this.handing = new Handing(this, { confirmed: () => this.#wantHandIn(), takenBack: () => this.#takeBack() });
    this.signs = document.querySelectorAll("[data-save]");
    this.#listen();
    this.#adoptClashes();
    this.#noteBase();
    this.keeper = new Keeper(this.sheet, this.dataset, () => this.#again());
  }

  #listen() {
    for (const kind of ["input", "change", "compositionend"])
      this.form.addEventListener(kind, (event) => this.#changed(event));
    this.form.addEventListener("compositionstart", () => {
      this.keeper.write();
      this.keeper.isPaused = true; // half a pinyin syllable is no text yet
    });
    this.form.addEventListener("focusout", () => this.keeper.writeNow());
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    for (const other of document.querySelectorAll("[data-after-save] form"))
      other.addEventListener("submit", (event) => this.#saveFirst(event));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.localName === "input") event.preventDefault(); // it is no way out
    });
    document.addEventListener("timeup", () => this.#end());
    document.addEventListener("ends", ({ detail: { ends_at: ends, now } }) => {
      if (!ends || Date.parse(ends) > Date.parse(now)) {
        this.#isOver = false; // a trainer gave more time
        this.#late = ""; // and what came late counts, if it is in time by now
      }
      this.#again();
    });
    addEventListener("online", () => this.#again());
    addEventListener("offline", () => this.#show());
    addEventListener("pagehide", () => this.#hide());
    addEventListener("pageshow", (event) => event.persisted && this.#revive());
    document.addEventListener("visibilitychange", () => document.hidden && this.#hurry());
    addEventListener("beforeunload", (event) => {
      if (!this.sheet.isUnsaved || this.#submitting || this.door.isLeaving) return;
      this.#hurry();
      if (!this.keeper.trouble) return; // it is kept on this device
      event.preventDefault();
      event.returnValue = "";
    });
  }

  // When it is saved

  #changed({ target, type }) {
    if (type === "compositionend") this.keeper.isPaused = false;
    if (!this.fields.has(target.name)) return;
    this.#stopped = "";
    if (this.conflicts.has(target.name)) this.conflicts.refresh(target.name);
    this.refusals.forget(target.name);
    if (!this.keeper.isPaused) {
      this.keeper.writeSoon();
      this.#soon();
    }
    this.#show();
  }

  get #canHandIn() {
    return Boolean(this.sheet.handIn && !this.sheet.mustChoose && !this.refusals.size);
  }

  get #canSend() {
    return this.sheet.canSend || this.keeper.hasLeft || this.#canHandIn;
  }

  #soon() {
    this.#since ||= Date.now();
    const pause = Math.min(this.pause, Math.max(0, this.#since + this.longest - Date.now()));
    this.#after(this.#failures ? backOff(this.#failures) : pause);
  }

  #after(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.keeper.isPaused ? this.#after(PAUSE) : this.#send()), milliseconds);
  }

  #again() {
    if (this.#canSend && !this.#stopped) this.#send();
    this.#lock();
    this.#show();
  }

  #hurry() {
    this.keeper.write();
    this.#send({ isLast: true });
  }

  /** Send what there is, one request at a time. Resolves when it was answered, or was not. */
  #send({ isLast = false } = {}) {
    clearTimeout(this.#timer);
    if (this.door.isOpen || this.door.isLeaving) return Promise.resolve();
    if (this.#running) return this.#running;
    this.turn += 1;
    const running = this.#exchange(isLast).finally(() => {
      this.turn += 1;
      if (this.#running !== running) return;
      this.#running = null;
      this.#noteBase();
      this.keeper.write();
      if (this.#canSend && !this.#failures && !this.#stopped) this.#soon();
      this.#show();
    });
    return (this.#running = running);
  }

  /** `isLast`: the page may be gone before it is written down. */
  async #exchange(isLast) {
    if (!isLast) await this.keeper.ready;
    const save = this.sheet.takeOff();
    const page = this.sheet.client;
    this.#since = 0;
    if (!save) return isLast ? undefined : this.#sendRest();
    this.#show();
    const isDown = this.keeper.write();
    if (!isLast) await isDown;
    const answer = await sendSave(this.dataset.url, save, this.#token);
    if (page !== this.sheet.client) return; // the page has been away, and begun anew
    if (answer.verdict === "done") this.#kept(answer.told, save);
    else await this.#settle(answer, save);
  }

  /** What other dead pages have left, and then the hand-in that waits. */
  async #sendRest() {
    if (this.keeper.hasLeft) return this.#sendLeft();
    if (!this.#canHandIn) return void (this.#failures = 0); // there is nothing that could fail
    const answer = await sendHandIn(this.dataset.url, this.#token);
    if (answer.verdict !== "done") return this.#settle(answer);
    this.#submitting = true;
    this.sheet.handIn = null;
    await this.keeper.write();
    location.assign(answer.told.url);
  }

  async #sendLeft() {
    const token = { value: this.#token, renew: () => this.#enter(async () => (token.value = await this.door.renew())) };
    const { state, seconds, wantsHandIn } = await this.keeper.sendLeft(token, (save, told) => {
      this.sheet.keptOfAnother(save, told);
      this.#heard(told);
    });
    if (state === "later") this.#failed(seconds);
    else if (state === "signedOut") await this.#enter(() => this.door.pass());
    else if (wantsHandIn) this.#wantHandIn();
  }

  // What the server says

  async #settle({ verdict, told, seconds }, save) {
    if (verdict === "later") return this.#failed(seconds);
    if (verdict === "signedOut") return this.#enter(() => this.door.pass());
    if (verdict === "forbidden" && !this.#tokenTried) {
      this.#tokenTried = true;
      return this.#enter(() => this.door.renew());
    }
    if (verdict === "gone" && !(await this.#enter(() => this.door.renew()))) return; // leaves where another is in
    this.sheet.drop();
    this.#failures = 0;
    clearTimeout(this.#timer);
    if (verdict === "refused" && Object.keys(told.errors).every((name) => this.fields.has(name)))
      for (const [name, why] of Object.entries(told.errors)) this.refusals.show(name, save.fields[name], why);
    else this.#stopped = (verdict === "gone" ? this.dataset.gone : told.detail) || this.dataset.failed;
    if (!save) this.#takeBack(); // of the hand-in itself
  }

  #kept(told, save) {
    this.sheet.kept(save, told);
    for (const name of Object.keys(save.fields)) document.querySelector(`[data-clash="${CSS.escape(name)}"]`)?.remove();
    this.#heard(told);
  }

  #heard(told) {
    this.#failures = 0;
    this.#tokenTried = false;
    this.#time = told.time;
    document.dispatchEvent(new CustomEvent("ends", { detail: { ends_at: told.ends_at, now: told.now } }));
    this.#late = told.late ? told.detail : "";
    this.#lock();
  }

  /**
   * What others wrote, asked for beside the saves when the turn was this; false where a save was under way since, whose
   * answer tells it itself.
   */
  follow(told, turn) {
    if (this.#running || turn !== this.turn || this.sheet.isWaiting || told.base < this.sheet.base) return false;
    this.sheet.follow(told.fields, told.base);
    this.#time = told.time || this.#time;
    this.#noteBase();
    this.#show();
    return true;
  }

  #failed(seconds = 0) {
    this.#failures += 1;
    this.#after(backOff(this.#failures, seconds));
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    navigator.storage?.persist?.().catch(() => {});
  }

  /** Sign in again where that is needed, then send what was under way; false without network. */
  async #enter(entering) {
    const held = document.activeElement;
    const token = await entering().catch(() => this.#failed());
    if (!token) return false;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    held?.focus({ preventScroll: true });
    this.#failures = 0;
    if (this.#canSend) this.#after(0);
    return true;
  }

  get #token() {
    return this.form.elements.namedItem("csrf_token").value;
  }

  // Two texts

  #chosen(name, text, base) {
    this.sheet.choose(name, text, base);
    this.keeper.write();
    this.#show();
    this.#send();
  }

  /** Choices that stood on the page from the start work here without leaving it. */
  #adoptClashes() {
    for (const clash of document.querySelectorAll("[data-clash]")) {
      clash.addEventListener("submit", (event) => {
        event.preventDefault();
        const name = clash.dataset.clash;
        this.fields.write(name, event.submitter.dataset.text);
        clash.remove();
        this.fields.control(name).focus();
        this.#chosen(name, this.fields.read(name), Number(this.dataset.base));
      });
    }
  }

  // Handing in without network, and the end of time

  #wantHandIn() {
    this.sheet.handIn = { askedAt: new Date().toISOString() };
    this.#lock();
    this.keeper.write();
    this.#again();
  }

  #takeBack() {
    this.sheet.handIn = null;
    this.#lock();
    this.keeper.write();
    this.#show();
  }

  /** The server takes what is on its way for a little longer; what is typed from now on would come too late. */
  #end() {
    this.#isOver = true;
    this.#again();
  }

  #lock() {
    const isLocked = Boolean(this.sheet.handIn || this.#isOver || this.#late);
    if (this.form.hasAttribute("data-locked") === isLocked) return;
    this.form.toggleAttribute("data-locked", isLocked);
    this.fields.lock(isLocked);
    this.fields.lock(true, this.settled);
  }

  // Leaving the page

  async #onSubmit(event) {
    const button = event.submitter;
    const stays = button.name || "stays" in button.dataset; // it comes back to the sheet
    if (this.#submitting) return event.preventDefault();
    if (!this.#hasWaited) {
      event.preventDefault();
      await this.#flush();
      if (this.#mustStay()) return;
      const isThere = !this.#failures && navigator.onLine && (await this.#enter(() => this.door.renew()));
      if (!isThere && stays) return this.#show();
      if (!isThere) return this.#askToHandIn();
      this.#hasWaited = true;
      return button.click();
    }
    this.#submitting = true;
    setTimeout(() => (button.disabled = true)); // at once, it would not say any more where the form goes
  }

  #askToHandIn() {
    const [questions, least] = [this.dataset.questions, this.dataset.least].map((list) => JSON.parse(list));
    this.handing.ask(this.fields, questions, least);
  }

  /** Another form of the page would leave it. */
  async #saveFirst(event) {
    if (!this.sheet.isUnsaved) return;
    event.preventDefault();
    await this.#flush();
    if (!this.#mustStay() && !this.sheet.isUnsaved) event.target.requestSubmit(event.submitter);
  }

  async #flush() {
    const until = Date.now() + LONGEST_PAUSE;
    do await Promise.race([this.#send(), new Promise((wake) => setTimeout(wake, until - Date.now()))]);
    while (this.sheet.canSend && !this.#failures && !this.#stopped && !this.door.isOpen && Date.now() < until);
  }

  /** What the server will not take, and two texts, are for the person to settle first. */
  #mustStay() {
    const unsettled = [this.conflicts, this.refusals].find(({ size }) => size);
    unsettled?.goToFirst();
    this.#show();
    return Boolean(unsettled || this.#stopped || this.door.isOpen);
  }

  /** The page goes: what is under way arrives by itself, what was typed since goes after it. */
  #hide() {
    this.keeper.letGo();
    if (this.#submitting || this.door.isOpen || this.door.isLeaving || this.#stopped) return;
    if (!this.#running) return void this.#send({ isLast: true });
    const last = this.sheet.lastWords();
    if (last) sendSave(this.dataset.url, last, this.#token); // nobody is here any more to be told
  }

  /** Back from the browser's memory: a new page as far as the server is concerned. */
  #revive() {
    if (!this.sheet.isUnsaved) return location.reload();
    this.sheet.renew();
    this.#running = null;
    this.#submitting = this.#hasWaited = false;
    for (const button of this.form.querySelectorAll("button")) button.disabled = false;
    this.#noteBase();
    this.keeper.renew();
  }

  /** A plain form must say the same as the script would. */
  #noteBase() {
    this.form.elements.namedItem("client").value = this.sheet.client;
    this.form.elements.namedItem("base").value = this.sheet.formBase;
  }

  // Saying so

  #state() {
    const isUnsaved = this.sheet.isUnsaved || this.keeper.hasLeft;
    const isAway = !navigator.onLine || this.#failures;
    if (this.door.isOpen) return "signedOut";
    if (this.#stopped) return "stopped";
    if (isUnsaved && isAway && this.keeper.trouble) return "cannotKeep";
    if (this.sheet.handIn && !this.sheet.mustChoose) return "waiting";
    if (isUnsaved && !navigator.onLine) return "offline";
    if (this.#failures && this.#canSend) return "failed";
    if (this.#canSend) return "saving";
    if (this.sheet.mustChoose) return "conflict";
    if (this.refusals.size) return "refused";
    if (this.#late) return "late";
    return isUnsaved ? "saving" : "saved";
  }

  #show() {
    note(this.querySelector("[data-note=stopped]"), this.#stopped);
    note(this.querySelector("[data-note=late]"), this.#late || (this.#isOver && this.dataset.over));
    this.handing.show(Boolean(this.sheet.handIn), this.sheet.mustChoose, this.form.hasAttribute("data-locked"));
    const state = this.#state();
    if (state === "saved" && !this.#time) return this.#sayFirst();
    for (const sign of this.signs) say(sign, state, this.dataset[state].replace("{time}", this.#time));
  }

  /** What stood there before anything was saved from here is true again. */
  #sayFirst() {
    for (const sign of this.signs) say(sign, sign.dataset.first, sign.dataset.firstWords);
  }
}

customElements.define("autosave-form", AutosaveForm);
