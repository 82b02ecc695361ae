/**
 * <autosave-form>: keeps what is written on a sheet while it is written, and says honestly what is kept.
 *
 * It saves the fields that differ from what the server has. A save that got no answer is sent again as it was, with
 * the same number: the server counts it once. What somebody types meanwhile goes into the next. "Saved" is said only
 * after the server has said so; until then the text stands on this page and nowhere else. Without this script the
 * form around the sheet does the same by its buttons.
 */
import { Conflicts } from "./saving/conflicts.js";
import { Door } from "./saving/door.js";
import { Fields } from "./saving/fields.js";
import { Refusals } from "./saving/refusals.js";
import { say } from "./saving/status.js";

const PAUSE = 800; // ms without typing after which is saved
const LONGEST_PAUSE = 5_000; // ms that somebody may type without a save
const NO_ANSWER = 15_000; // ms
const LONGEST_WAIT = 30_000; // ms between two tries
const AT_ONCE = 100_000; // characters in one save; the server takes twice as many
const OUTLIVES_PAGE = 60_000; // bytes: what browsers send after a page is gone

class AutosaveForm extends HTMLElement {
  #known = new Map(); // field → what the server has
  #choices = []; // what somebody chose between two texts
  #flight = null; // the save that waits for an answer
  #running = null; // the promise of the request that carries it
  #client = newClient();
  #seq = 0;
  #failures = 0;
  #since = 0; // when somebody began to type what is not saved
  #timer = 0;
  #stopped = ""; // the sentence with which the server refused to go on
  #tokenTried = false;
  #hasWaited = false; // for the last save before the form goes
  #submitting = false;
  #time = "";

  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.fields = new Fields(this.form);
    this.base = Number(this.dataset.base);
    this.door = new Door(this.querySelector("dialog"), Number(this.dataset.person), () => this.#show());
    this.conflicts = new Conflicts(this.fields, this.querySelector("template[data-conflict]"), (...choice) =>
      this.#chosen(...choice),
    );
    this.refusals = new Refusals(this.fields, this.querySelector("template[data-refusal]"));
    this.signs = document.querySelectorAll("[data-save]");
    this.notice = this.querySelector("[data-notice]");
    const unsaved = new Set(JSON.parse(this.dataset.unsaved));
    for (const name of this.fields.names) if (!unsaved.has(name)) this.#known.set(name, this.fields.drawn(name));
    this.#listen();
    this.#adoptClashes();
    this.#noteBase();
    if (this.#isUnsaved()) this.#soon();
  }

  #listen() {
    for (const kind of ["input", "change", "compositionend"])
      this.form.addEventListener(kind, (event) => this.#changed(event));
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    for (const other of document.querySelectorAll("[data-after-save] form"))
      other.addEventListener("submit", (event) => this.#saveFirst(event));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.localName === "input") event.preventDefault(); // it is no way out
    });
    addEventListener("online", () => this.#again());
    addEventListener("offline", () => this.#show());
    addEventListener("pagehide", () => this.#hide());
    addEventListener("pageshow", (event) => event.persisted && this.#revive());
    document.addEventListener("visibilitychange", () => document.hidden && this.#send());
    addEventListener("beforeunload", (event) => {
      if (!this.#isUnsaved() || this.#submitting || this.door.isLeaving) return;
      this.#send();
      event.preventDefault();
      event.returnValue = "";
    });
  }

  // What there is to save

  #isDirty(name) {
    const text = this.fields.read(name);
    return text !== this.#known.get(name) && !this.conflicts.has(name) && !this.refusals.has(name, text);
  }

  #isUnsaved() {
    return this.#canSend() || this.fields.names.some((name) => this.fields.read(name) !== this.#known.get(name));
  }

  #canSend() {
    return Boolean(this.#flight || this.#choices.length || this.fields.names.some((name) => this.#isDirty(name)));
  }

  #nextSave() {
    const choice = this.#choices.shift();
    if (choice) return { seq: ++this.#seq, base: choice.base, fields: { [choice.name]: choice.text } };
    const fields = {};
    let room = AT_ONCE;
    for (const name of this.fields.names.filter((each) => this.#isDirty(each))) {
      const text = this.fields.read(name);
      if (text.length > room && room < AT_ONCE) continue;
      fields[name] = text;
      room -= text.length;
    }
    return room === AT_ONCE && !Object.keys(fields).length ? null : { seq: ++this.#seq, base: this.base, fields };
  }

  // When it is saved

  #changed({ target, isComposing }) {
    if (!this.fields.has(target.name)) return;
    this.#stopped = "";
    if (this.conflicts.has(target.name)) this.conflicts.refresh(target.name);
    this.refusals.forget(target.name);
    if (!isComposing) this.#soon(); // half a pinyin syllable is no text yet
    this.#show();
  }

  #soon() {
    this.#since ||= Date.now();
    this.#after(this.#failures ? this.#wait() : Math.min(PAUSE, Math.max(0, this.#since + LONGEST_PAUSE - Date.now())));
  }

  #after(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), milliseconds);
  }

  #again() {
    if (this.#canSend() && !this.#stopped) this.#send();
    this.#show();
  }

  /** Longer with each failure, and not the same for everybody in the room. */
  #wait() {
    return Math.min(LONGEST_WAIT, 1_000 * 2 ** (this.#failures - 1)) * (1 + Math.random() * 0.3);
  }

  /** Send what there is, one request at a time. Resolves when it was answered, or was not. */
  #send() {
    clearTimeout(this.#timer);
    if (this.door.isOpen || this.door.isLeaving) return Promise.resolve();
    if (this.#running) return this.#running;
    const running = this.#exchange().finally(() => {
      if (this.#running !== running) return;
      this.#running = null;
      this.#noteBase();
      if (this.#canSend() && !this.#failures && !this.#stopped) this.#soon();
      this.#show();
    });
    return (this.#running = running);
  }

  async #exchange() {
    this.#flight ??= this.#nextSave();
    this.#since = 0;
    if (!this.#flight) return;
    const client = this.#client;
    const save = this.#flight;
    this.#show();
    try {
      const answer = await this.#ask(save);
      const told = await answer.json().catch(() => ({}));
      if (client === this.#client) await this.#settle(answer, told, save);
    } catch {
      if (client === this.#client) this.#failed(); // no network, or no answer in time
    }
  }

  #ask(save) {
    const body = JSON.stringify({ client: this.#client, ...save });
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), NO_ANSWER);
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#token };
    const keepalive = new Blob([body]).size < OUTLIVES_PAGE;
    const asked = { method: "PATCH", headers, body, keepalive, redirect: "error", signal: patience.signal };
    return fetch(this.dataset.url, asked).finally(() => clearTimeout(timer));
  }

  // What the server says

  async #settle(answer, told, save) {
    const isKept = (answer.status === 200 || answer.status === 409) && Number.isInteger(told.base);
    if (isKept) this.#kept(told, save);
    else if (answer.status === 401) await this.#comeBack(() => this.door.pass());
    else if (answer.status === 403 && !this.#tokenTried) {
      this.#tokenTried = true;
      await this.#comeBack(() => this.door.renew());
    } else if (answer.status === 404) {
      await this.door.renew(); // leaves, where it is somebody else who is signed in
      this.#stop(this.dataset.gone);
    } else if (told.errors) this.#refuse(told.errors, save);
    else if ([400, 403, 413, 422].includes(answer.status)) this.#stop(told.detail);
    else this.#failed(Number(answer.headers.get("Retry-After")));
  }

  #kept(told, save) {
    this.#flight = null;
    this.#failures = 0;
    this.#tokenTried = false;
    this.#time = told.time;
    for (const [name, text] of Object.entries(save.fields)) {
      this.#known.set(name, text);
      document.querySelector(`[data-clash="${CSS.escape(name)}"]`)?.remove();
    }
    for (const conflict of told.conflicts) {
      this.#known.set(conflict.field, conflict.stands);
      this.conflicts.show(conflict, { before: save.base, base: told.base });
    }
    for (const { field, label, other } of told.waiting)
      this.conflicts.show({ field, label, stands: other }, { before: save.base, base: told.base });
    const behind = Object.entries(told.fields).filter(([name, text]) => !this.#follow(name, text, told.base));
    if (!behind.length && save.base <= this.base) this.base = told.base;
  }

  /** Show what another page wrote; false where somebody has typed over it here, and the next save will clash. */
  #follow(name, text, base) {
    if (!this.fields.has(name)) return true;
    const here = this.fields.read(name);
    if (this.conflicts.has(name) && here === text) this.conflicts.drop(name);
    else if (this.conflicts.has(name)) this.conflicts.update(name, text, base);
    else if (here !== this.#known.get(name) && here !== text) return false;
    else if (here !== text) this.fields.write(name, text);
    this.#known.set(name, text);
    return true;
  }

  #failed(seconds = 0) {
    this.#failures += 1;
    this.#after(Math.max(this.#wait(), seconds * 1_000));
  }

  #stop(sentence) {
    this.#flight = null;
    this.#failures = 0;
    this.#stopped = sentence || this.dataset.failed;
  }

  #refuse(errors, save) {
    this.#flight = null;
    this.#failures = 0;
    for (const [name, sentence] of Object.entries(errors)) {
      if (!this.fields.has(name)) return this.#stop(sentence);
      this.refusals.show(name, save.fields[name], sentence);
    }
  }

  /** Sign in again, then send what was under way. */
  async #comeBack(enter) {
    const held = document.activeElement;
    const token = await enter();
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    held?.focus({ preventScroll: true });
    this.#failures = 0;
    this.#after(0);
  }

  get #token() {
    return this.form.elements.namedItem("csrf_token").value;
  }

  // Two texts

  #chosen(name, text, base) {
    this.#choices.push({ name, text, base });
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

  // Leaving the page

  async #onSubmit(event) {
    const button = event.submitter;
    if (this.#submitting) return event.preventDefault();
    if (this.#isUnsaved() && !this.#hasWaited) {
      event.preventDefault();
      await this.#flush();
      if (this.#mustStay()) return;
      this.#hasWaited = true;
      return button.click();
    }
    this.#submitting = true;
    setTimeout(() => (button.disabled = true)); // at once, it would not say any more where the form goes
  }

  /** Another form of the page would leave it: what is not saved keeps it here. */
  async #saveFirst(event) {
    if (!this.#isUnsaved()) return;
    event.preventDefault();
    await this.#flush();
    if (!this.#mustStay() && !this.#isUnsaved()) event.target.requestSubmit(event.submitter);
  }

  async #flush() {
    const until = Date.now() + LONGEST_PAUSE;
    do await Promise.race([this.#send(), new Promise((wake) => setTimeout(wake, until - Date.now()))]);
    while (this.#canSend() && !this.#failures && !this.#stopped && !this.door.isOpen && Date.now() < until);
  }

  /** With what the server will not take, or while it cannot be reached, the text is safe only here. */
  #mustStay() {
    if (this.conflicts.size) this.conflicts.goToFirst();
    else if (this.refusals.size) this.refusals.goToFirst();
    this.#show();
    return Boolean(this.conflicts.size || this.refusals.size || this.#failures || this.#stopped || this.door.isOpen);
  }

  /** The page goes: what is under way arrives by itself, what was typed since goes after it. */
  #hide() {
    if (this.#submitting || this.door.isOpen || this.door.isLeaving || this.#stopped) return;
    if (!this.#running) return void this.#send();
    const fields = { ...this.#flight?.fields };
    const rest = this.fields.names.filter((name) => this.#isDirty(name) && this.fields.read(name) !== fields[name]);
    if (!rest.length) return;
    const last = { seq: ++this.#seq, base: this.base, fields: {} };
    for (const name of rest) last.fields[name] = this.fields.read(name);
    this.#ask(last).catch(() => {}); // nobody is here any more to be told
  }

  /** Back from the browser's memory: a new page as far as the server is concerned. */
  #revive() {
    if (!this.#isUnsaved()) return location.reload();
    this.#client = newClient();
    this.#seq = 0;
    this.#flight = null;
    this.#running = null;
    this.#submitting = this.#hasWaited = false;
    for (const button of this.form.querySelectorAll("button")) button.disabled = false;
    this.#noteBase();
    this.#send();
  }

  /** A plain form must say the same as the script would. */
  #noteBase() {
    this.form.elements.namedItem("client").value = this.#client;
    this.form.elements.namedItem("base").value = this.conflicts.size ? this.conflicts.base : this.base;
  }

  // Saying so

  #state() {
    if (this.door.isOpen) return "signedOut";
    if (this.#stopped) return "stopped";
    if (this.#isUnsaved() && !navigator.onLine) return "offline";
    if (this.#failures && this.#canSend()) return "failed";
    if (this.#canSend()) return "saving";
    if (this.conflicts.size || document.querySelector("[data-clash]")) return "conflict";
    if (this.refusals.size) return "refused";
    return this.#isUnsaved() ? "saving" : "saved";
  }

  #show() {
    const state = this.#state();
    this.notice.hidden = !this.#stopped;
    this.notice.querySelector("[data-sentence]").textContent = this.#stopped;
    if (state === "saved" && !this.#time) return this.#sayFirst();
    const shown = ["signedOut", "stopped", "refused"].includes(state) ? "failed" : state;
    for (const sign of this.signs) say(sign, shown, this.dataset[state].replace("{time}", this.#time));
  }

  /** What stood there before anything was saved from here is true again. */
  #sayFirst() {
    for (const sign of this.signs) say(sign, sign.dataset.first, sign.dataset.firstWords);
  }
}

function newClient() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

customElements.define("autosave-form", AutosaveForm);
