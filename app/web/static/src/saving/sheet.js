/**
 * What an open sheet knows: the texts that stand in its fields, what the server has of them, and what is to be sent.
 *
 * It neither sends nor waits nor draws. Each save carries the name of this page, a number, and the newest change that
 * whoever typed had seen: from these the server tells repetitions from new texts, and clashes from corrections.
 */
import { inPieces, newClient } from "./send.js";

export class Sheet {
  handIn = null;
  base;
  mayWrite = () => true; // whether what others wrote may be shown in a field now
  mustWait = () => false; // whether a field is not to be sent yet
  #fields;
  #conflicts;
  #refusals;
  #about; // what a record says besides what is in it
  #known = new Map(); // field → what the server has
  #apart = new Map(); // field → our text that the server keeps beside another one
  #seen = new Map(); // field → what was known when its text was typed, where that is less than by now
  #later = new Map(); // field → what others wrote, to be shown when nobody types there
  #choices = [];
  #flight = null;
  #client = newClient();
  #seq = 0;

  /** `about`: { person, attempt, url, title }. `unsaved`: fields drawn with what the server did not take. */
  constructor({ fields, conflicts, refusals, about, base, unsaved }) {
    this.#fields = fields;
    this.#conflicts = conflicts;
    this.#refusals = refusals;
    this.#about = about;
    this.base = base;
    for (const name of fields.names) if (!unsaved.includes(name)) this.#known.set(name, fields.drawn(name));
  }

  // What there is to save

  #isDirty(name) {
    const text = this.#fields.read(name);
    const isNew = text !== this.#known.get(name) && !this.mustWait(name);
    return isNew && !this.#conflicts.has(name) && !this.#refusals.has(name, text);
  }

  get #dirty() {
    return this.#fields.names.filter((name) => this.#isDirty(name));
  }

  get isUnsaved() {
    return this.canSend || this.#fields.names.some((name) => this.#fields.read(name) !== this.#known.get(name));
  }

  get canSend() {
    return Boolean(this.#flight || this.#choices.length || this.#dirty.length);
  }

  get client() {
    return this.#client;
  }

  /** The newest change that a plain form may say it knew: less where a clash waits that the server must see as well. */
  get formBase() {
    const base = Math.min(this.base, this.#baseOf(this.#dirty));
    return this.#conflicts.size ? Math.min(base, this.#conflicts.base) : base;
  }

  /** Whether a save has left, and nobody knows yet what became of it. */
  get isWaiting() {
    return Boolean(this.#flight);
  }

  /** The save that got no answer as it was, or the next one; null where there is none. */
  takeOff() {
    return (this.#flight ??= this.#next());
  }

  /** What was typed since the flight left, to be sent beside it by a page that goes; null where nothing was. */
  lastWords() {
    const sent = this.#flight?.fields ?? {};
    const rest = this.#dirty.filter((name) => this.#fields.read(name) !== sent[name]);
    return rest.length ? this.#made(this.#baseOf(rest), this.#texts(rest)) : null;
  }

  #next() {
    const choice = this.#choices[0];
    if (choice) return this.#made(choice.base, { [choice.name]: choice.text });
    const dirty = this.#dirty;
    if (!dirty.length) return null;
    const base = this.#baseOf(dirty);
    const alike = dirty.filter((name) => (this.#seen.get(name) ?? this.base) === base);
    return this.#made(base, inPieces(this.#texts(alike))[0]);
  }

  #made(base, fields) {
    return { client: this.#client, seq: ++this.#seq, base, fields };
  }

  #baseOf(names) {
    return Math.min(...names.map((name) => this.#seen.get(name) ?? this.base));
  }

  #texts(names) {
    return Object.fromEntries(names.map((name) => [name, this.#fields.read(name)]));
  }

  choose(name, text, base) {
    this.#choices.push({ name, text, base });
    this.#apart.delete(name);
  }

  // What the server says of it

  /** It is kept, and `told` says where it stands apart, and what others wrote. */
  kept(save, told) {
    if (save === this.#flight) this.#land();
    if (told.late) return this.#keptLate(save);
    if (told.restored) this.#sayAllAgain();
    const wasDrawn = told.base <= this.base; // kept before this page was drawn, which shows what became of it
    for (const [name, text] of Object.entries(save.fields)) {
      this.#later.delete(name);
      const hasTypedOn = this.#fields.has(name) && this.#fields.read(name) !== text;
      if (!wasDrawn) this.#known.set(name, text);
      else if (!hasTypedOn && !told.conflicts.some(({ field }) => field === name)) this.#showKnown(name);
      if (hasTypedOn && this.#seen.has(name)) this.#seen.set(name, told.base);
      else this.#seen.delete(name);
    }
    for (const conflict of told.conflicts) {
      this.#known.set(conflict.field, conflict.stands);
      this.#apart.set(conflict.field, save.fields[conflict.field]);
    }
    this.#hear(save, told, told.conflicts);
  }

  /** A backup has replaced what the server had: nobody knows what is left of it, so all of it is sent once more. */
  #sayAllAgain() {
    this.base = 0; // and compared with everything that others wrote
    this.#seen.clear();
    for (const name of this.#fields.names) this.#known.set(name, this.#fields.read(name) === "" ? "" : undefined);
  }

  /** What another page has left was sent from here: it stands in the log beside what this page shows. */
  keptOfAnother(save, told) {
    if (told.late) return;
    const apart = told.conflicts.map(({ field, label, stands, yours }) => ({ field, label, stands, other: yours }));
    const standing = Object.entries(save.fields).filter(([name]) => !apart.some(({ field }) => field === name));
    this.#hear(save, { ...told, fields: { ...told.fields, ...Object.fromEntries(standing) } }, apart);
  }

  #hear(save, told, conflicts) {
    const bases = { before: save.base, base: told.base };
    for (const conflict of conflicts) this.#conflicts.show(conflict, bases);
    const followed = Object.entries(told.fields).map(([name, text]) => this.#follow(name, text, told.base));
    for (const waiting of told.waiting) this.#conflicts.show(waiting, bases);
    if (followed.every(Boolean) && save.base <= this.base) this.base = Math.max(this.base, told.base);
  }

  /**
   * What others wrote up to a change, told while no save was on its way. Where somebody types it waits, and what they
   * type goes to the server as written without knowing it.
   */
  follow(news, base) {
    for (const [name, text] of new Map([...this.#later, ...Object.entries(news)])) {
      if (this.#follow(name, text, base)) {
        this.#later.delete(name);
        this.#seen.delete(name);
      } else {
        this.#later.set(name, text);
        if (!this.#seen.has(name)) this.#seen.set(name, this.base);
      }
    }
    this.base = Math.max(this.base, base);
  }

  /** Show what another page wrote; false where somebody has typed over it here, and the next save will clash. */
  #follow(name, text, base) {
    if (!this.#fields.has(name)) return true;
    const here = this.#fields.read(name);
    if (this.#conflicts.has(name)) this.#conflicts.update(name, text, base);
    else if (here !== text && (here !== this.#known.get(name) || !this.mayWrite(name))) return false;
    if (!this.#conflicts.has(name) && here !== text) this.#fields.write(name, text);
    this.#known.set(name, text);
    return true;
  }

  #showKnown(name) {
    const text = this.#known.get(name);
    if (text !== undefined && text !== this.#fields.read(name)) this.#fields.write(name, text);
  }

  #keptLate(save) {
    for (const [name, text] of Object.entries(save.fields)) this.#known.set(name, text);
  }

  /** It will not be kept, and is not sent again as it is. */
  #land() {
    const { fields } = this.#flight;
    this.#choices = this.#choices.filter(({ name, text }) => fields[name] !== text);
    this.#flight = null;
  }

  drop() {
    if (this.#flight) this.#land();
  }

  /** Whether two texts wait for somebody's choice. */
  get mustChoose() {
    return Boolean(this.#conflicts.size || document.querySelector("[data-clash]"));
  }

  // Written down, and taken up again

  /** All that the server has not acknowledged, for the device to keep; null where it has everything. */
  record(client) {
    const isApart = (name, text) => this.#conflicts.has(name) && this.#apart.get(name) === text;
    const names = this.#fields.names.filter((name) => {
      const text = this.#fields.read(name);
      return text !== this.#known.get(name) && !isApart(name, text);
    });
    if (!names.length && !this.#flight && !this.#choices.length && !this.handIn) return null;
    const base = Math.min(this.formBase, names.length ? this.#baseOf(names) : this.base);
    const handIn = this.handIn && { ...this.handIn, stopped: this.mustChoose };
    const { fields, choices } = { fields: this.#texts(names), choices: [...this.#choices] };
    return { ...this.#about, client, base, flight: this.#flight, fields, choices, handIn };
  }

  /** Go on where a dead page of this attempt stopped. Its texts are shown, but where somebody has typed already. */
  adopt({ base, flight, fields, choices, handIn }) {
    this.#flight = flight;
    this.#choices.unshift(...choices.filter(({ name }) => this.#fields.has(name)));
    this.handIn = handIn && { askedAt: handIn.askedAt };
    for (const [name, text] of Object.entries(fields)) {
      if (!this.#fields.has(name) || text === this.#known.get(name)) continue;
      const here = this.#fields.read(name);
      if (here === this.#known.get(name)) this.#fields.write(name, text);
      else if (here !== text) this.#choices.push({ name, text, base }); // into the log, ahead of what is typed by now
      this.#seen.set(name, base);
    }
  }

  /** Back from the browser's memory: a new page as far as the server is concerned. */
  renew() {
    this.#client = newClient();
    this.#seq = 0;
    this.#flight = null;
  }
}
