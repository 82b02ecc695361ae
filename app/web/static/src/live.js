/**
 * <live-party>: a sheet that several people write on at the same time.
 *
 * It asks every moment what the others wrote, and shows it in the open page: never in a field in which somebody is
 * typing at that moment, and without moving the focus or the caret. What is typed here goes the way it always goes, by
 * autosave.js, only sooner; where two people wrote into one field both texts are kept, as always.
 */
import { bring, Marks, labelOf } from "./together/marks.js";
import { ask, tell } from "./together/travel.js";
import { Voice } from "./together/voice.js";

const EVERY = 1_200; // ms between two questions, also where for long nobody wrote: the first word is seen as soon
const SAY_HERE = 20_000;
const SETTLES = 600; // ms in a field until it is said that somebody is there
const TYPING = 2_500; // ms after a key in which a field is left alone
const READ_IT = 2_000; // ms to read why the page goes
const TAKES = 6_000; // ms to wait for a row
const PAUSES = { pause: 400, longest: 1_000 }; // as sooner is saved, sooner is seen

class LiveParty extends HTMLElement {
  #asked = 0; // the newest change that was asked about, and told
  #failures = 0;
  #timer = 0;
  #hereTimer = 0;
  #place = ""; // the field in which somebody is here
  #news = new Map(); // field → what somebody else wrote there last, { text, by }
  #typed = new Map(); // field → when a key was last pressed in it
  #isComposing = false;
  #unasked = new Map(); // row that came without network → the rows after it: whose it is, is settled later
  #ends;
  #isOver = false;
  #talk = ""; // what was told of the discussion

  connectedCallback() {
    this.page = document.querySelector("autosave-form");
    if (!this.page?.fields || this.marks) return;
    this.#asked = Number(this.page.dataset.base);
    this.#ends = this.dataset.ends;
    this.marks = new Marks(this.page.fields, this.querySelector("template[data-mark]"), this.dataset);
    this.voice = new Voice(this.querySelector("[data-voice]"), this.dataset);
    for (const [name, by] of Object.entries(JSON.parse(this.dataset.marks))) this.marks.wrote(name, by);
    Object.assign(this.page, PAUSES);
    this.page.sheet.mayWrite = (name) => this.#isFree(name);
    // Whoever moves a card moves the numbers of others: where two move at once, the board that all see counts.
    this.page.conflicts.givesWay = (name) => Boolean(this.page.fields.control(name).closest("order-board"));
    this.page.conflicts.whose = (name, text) => {
      const news = this.#news.get(name);
      return news?.text === text ? `${news.by.name} ${news.by.time}` : "";
    };
    this.page.sheet.mustWait = (name) => this.#unasked.has(rowOf(name));
    this.#listen();
    this.#sayHere();
    this.#next(0);
  }

  #listen() {
    const { form } = this.page;
    for (const kind of ["input", "change"]) form.addEventListener(kind, ({ target }) => this.#wroteHere(target.name));
    for (const kind of ["compositionstart", "compositionend"])
      form.addEventListener(kind, () => (this.#isComposing = kind === "compositionstart"));
    for (const kind of ["pointerdown", "keydown"]) // whoever opens a list of choices reads it for a while
      form.addEventListener(kind, ({ target }) => target.localName === "select" && this.#typed.set(target.name, Date.now()));
    for (const kind of ["focusin", "focusout"]) form.addEventListener(kind, () => this.#moved());
    form.addEventListener("addrow", (event) => this.#takeRow(event));
    form.addEventListener("droprow", ({ detail: { row } }) => this.#dropRow(row));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#come()));
    addEventListener("pagehide", () => this.#leave());
    addEventListener("online", () => this.#next(0));
    this.addEventListener("click", ({ target }) => this.#goTo(target.closest("[data-go]")));
  }

  // What others wrote

  #next(milliseconds = EVERY) {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#isOver) this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  async #ask() {
    const { turn, sheet } = this.page;
    const since = Math.min(this.#asked, sheet.base);
    const known = new URLSearchParams({ since, client: sheet.client, talk: this.#talk });
    const { status, told } = await ask(`${this.dataset.url}?${known}`);
    if (this.#isOver) return;
    if (status === 404) return this.#gone();
    this.#failures = told ? 0 : this.#failures + 1;
    if (!told) return this.#next(Math.min(EVERY * 2 ** this.#failures, 20_000));
    if (told.over) return this.#end(told);
    this.#follow(told, turn);
    await this.#askForRows();
    this.#showMembers(told);
    this.#showTime(told);
    this.#talk = told.talk;
    document.dispatchEvent(new CustomEvent("live", { detail: told })); // the discussion follows
    this.#next();
  }

  #follow(told, turn) {
    if (document.querySelector(".sortable-chosen")) return; // a card is in somebody's hand
    const before = Object.fromEntries(Object.keys(told.fields).map((name) => [name, this.#textIn(name)]));
    if (!this.#keepingCaret(() => this.page.follow(told, turn))) return;
    this.#asked = Math.max(this.#asked, told.base);
    for (const [name, by] of Object.entries(told.by)) {
      if (!by.is_me) this.#news.set(name, { text: told.fields[name], by });
      if (this.page.conflicts.has(name)) this.page.conflicts.refresh(name);
      if (by.is_me) this.marks.wroteHere(name);
      else if (this.page.fields.has(name)) this.#sayWrote(name, by, before[name] !== told.fields[name]);
    }
    if (told.redrawn) this.#note(this.dataset.redrawn);
  }

  #sayWrote(name, by, isNew) {
    this.marks.wrote(name, by, isNew);
    this.voice.wrote(by.name, labelOf(this.page.fields.control(name)));
  }

  #textIn(name) {
    return this.page.fields.has(name) ? this.page.fields.read(name) : undefined;
  }

  /** Whether a field may change under somebody's eyes: not while they type in it, or choose. */
  #isFree(name) {
    if (document.activeElement?.name !== name) return true;
    return !this.#isComposing && Date.now() - (this.#typed.get(name) ?? 0) > TYPING;
  }

  /** A text that changes before the caret moves it along. */
  #keepingCaret(change) {
    const held = document.activeElement;
    const [text, from, to] = [held?.value, held?.selectionStart ?? null, held?.selectionEnd];
    const done = change();
    if (from === null || held.value === text) return done;
    let alike = 0;
    while (alike < from && text[alike] === held.value[alike]) alike += 1;
    const shift = alike < from ? held.value.length - text.length : 0;
    held.setSelectionRange(Math.max(alike, from + shift), Math.max(alike, to + shift));
    return done;
  }

  #wroteHere(name) {
    if (!this.page.fields.has(name)) return;
    this.#typed.set(name, Date.now());
    this.marks.wroteHere(name);
  }

  // Who is where

  #moved() {
    clearTimeout(this.#hereTimer);
    this.#hereTimer = setTimeout(() => this.#sayHere(), SETTLES);
  }

  #sayHere() {
    clearTimeout(this.#hereTimer);
    if (document.hidden || this.#isOver) return;
    const { name = "" } = document.activeElement ?? {};
    this.#place = this.page.fields.has(name) ? name : "";
    tell(this.dataset.url, { field: this.#place }, this.#token);
    this.#hereTimer = setTimeout(() => this.#sayHere(), SAY_HERE);
  }

  #leave() {
    clearTimeout(this.#timer);
    clearTimeout(this.#hereTimer);
    if (!this.#isOver) tell(this.dataset.url, { leaves: true }, this.#token);
  }

  #come() {
    this.#sayHere();
    this.#next(0);
  }

  get #token() {
    return this.page.form.elements.namedItem("csrf_token").value;
  }

  #showMembers({ members, rows }) {
    const names = new Map(members.map(({ id, name }) => [id, name]));
    const others = members.filter(({ id }) => id !== Number(this.dataset.me));
    for (const item of this.querySelectorAll("[data-member]"))
      if (!names.has(Number(item.dataset.member))) item.remove();
    for (const member of others) this.#showMember(member);
    const taken = rows.filter(({ by }) => by !== Number(this.dataset.me));
    this.marks.show(
      others.filter(({ field }) => field),
      taken.map(({ row, by }) => ({ row, name: names.get(by) })),
    );
  }

  #showMember({ id, name, is_here: isHere, field }) {
    const item = this.querySelector(`[data-member="${id}"]`) ?? this.#addMember(id, name);
    if (item.hasAttribute("data-here") !== isHere) {
      item.toggleAttribute("data-here", isHere);
      item.querySelector("[data-state]").textContent = isHere ? this.dataset.isHere : this.dataset.isAway;
      this.voice.moved(name, isHere);
    }
    const button = item.querySelector("[data-go]");
    button.hidden = !this.page.fields.has(field);
    button.dataset.go = field;
    const words = button.hidden ? "" : labelOf(this.page.fields.control(field));
    if (button.textContent !== words) button.textContent = words;
  }

  #addMember(id, name) {
    const item = this.querySelector("template[data-new]").content.firstElementChild.cloneNode(true);
    item.dataset.member = id;
    item.querySelector("[data-name]").textContent = name;
    this.querySelector("[data-members]").append(item);
    return item;
  }

  /** Only looking: whoever writes stays where they write. */
  #goTo(button) {
    if (button) this.marks.lookAt(button.dataset.go);
  }

  // A row of one's own

  async #takeRow(event) {
    const { rows, bring: come } = event.detail;
    event.preventDefault(); // the row comes when it is clear whose it is
    if (event.target.ariaBusy === "true") return;
    event.target.ariaBusy = "true";
    const told = await this.#free(rows);
    event.target.ariaBusy = null;
    if (told && told.row === null) return this.#note(this.dataset.noRows);
    if (!told) this.#unasked.set(rows[0], rows.slice(1));
    come(told?.row ?? rows[0]);
  }

  async #free(rows) {
    return (await ask(`${this.dataset.url}/rows`, { rows }, this.#token, TAKES)).told;
  }

  /** Back with a row that came without network: where somebody else has it by now, what is in it moves to a free one. */
  async #askForRows() {
    for (const [row, others] of this.#unasked) {
      const told = this.#isComposing ? null : await this.#free([row, ...others.filter((each) => !this.#unasked.has(each))]);
      if (!told || this.#isComposing) return;
      this.#unasked.delete(row);
      if (told.row === null) this.#note(this.dataset.noRows); // both texts are kept, as in any field
      else if (told.row !== row) this.#moveRow(row, told.row);
      const [first] = this.page.fields.names.filter((name) => rowOf(name) === (told.row ?? row));
      this.page.fields.control(first).dispatchEvent(new Event("change", { bubbles: true })); // it may go to the server now
    }
  }

  #moveRow(from, to) {
    const { fields } = this.page;
    const held = document.activeElement;
    const caret = [held?.selectionStart ?? null, held?.selectionEnd];
    bring(fields.control(fields.names.find((each) => rowOf(each) === to)));
    for (const name of fields.names.filter((each) => rowOf(each) === from)) {
      const other = to + name.slice(from.length);
      fields.write(other, fields.read(name));
      fields.write(name, "");
      if (held?.name !== name) continue;
      fields.control(other).focus({ preventScroll: true });
      if (caret[0] !== null) fields.control(other).setSelectionRange(...caret);
    }
  }

  /** A row that somebody began and puts away again is free for the others. */
  #dropRow(row) {
    if (!this.#unasked.delete(row)) tell(`${this.dataset.url}/rows`, { rows: [row], gives_back: true }, this.#token);
  }

  // The end

  #showTime({ ends_at: ends, now }) {
    if ((ends ?? "") === this.#ends) return;
    this.#ends = ends ?? "";
    document.dispatchEvent(new CustomEvent("ends", { detail: { ends_at: ends, now } }));
  }

  async #end({ ended_by: by }) {
    this.#isOver = true;
    this.#unasked.clear();
    this.page.fields.lock(true);
    this.marks.show([], []);
    await this.page.keeper.write();
    const isSafe = !this.page.sheet.isUnsaved || !this.page.keeper.trouble;
    const said = by ? this.dataset.endedBy.replace("{name}", by) : this.dataset.ended;
    this.#note(isSafe ? said : `${said} ${this.dataset.copyFirst}`);
    if (isSafe) setTimeout(() => location.assign(this.dataset.after), READ_IT);
  }

  /** Taken off, or left from another page: what was typed stays here, and on this device. */
  #gone() {
    this.#isOver = true;
    this.#unasked.clear();
    this.page.keeper.write();
    this.page.fields.lock(true);
    this.marks.show([], []);
    this.#note(this.dataset.gone, { leads: false });
  }

  #note(sentence, { leads = true } = {}) {
    const place = this.querySelector("[data-note]");
    place.hidden = false;
    place.querySelector("a").hidden = !leads;
    if (place.querySelector("[data-sentence]").textContent !== sentence)
      place.querySelector("[data-sentence]").textContent = sentence;
  }
}

/** The row of a table that a field is in, as its fields begin. */
const rowOf = (name) => name.slice(0, name.lastIndexOf("."));

customElements.define("live-party", LiveParty);
