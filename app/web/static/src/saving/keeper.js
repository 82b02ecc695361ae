/**
 * Keeps on this device what the server has not: the record of this page, and what dead pages of the attempt left.
 *
 * The newest of those is gone on with here; the others are sent as they are, each as the page that it was.
 */
import { newClient, sendRecord } from "./send.js";
import { openStore } from "./store.js";

const WRITTEN_DOWN = 250; // ms after which what was typed goes to the device
const LOOK_AGAIN = [1_000, 8_000]; // ms after which a page that seemed to live may be known to be dead

export class Keeper {
  ready = null;
  isPaused = false; // while what stands in a field is no text yet
  #sheet;
  #about;
  #changed;
  #store = null;
  #name = newClient(); // of this page's record
  #isWritten = false; // whether there is one
  #left = [];
  #timer = 0;

  /** `about`: { person, attempt, key, now }. `changed` is called when there is more to send, or trouble comes or goes. */
  constructor(sheet, about, changed) {
    this.#sheet = sheet;
    this.#about = about;
    this.#changed = changed;
    this.ready = this.#open();
  }

  get hasLeft() {
    return this.#left.length > 0;
  }

  /** Why the device cannot keep what is typed: "quota", "blocked", or "" where it can. */
  get trouble() {
    return this.#store?.trouble ?? "";
  }

  async #open() {
    const { person, key, now } = this.#about;
    this.#store ??= await openStore({ person, key, now: Number(now) });
    await this.#store.hold(this.#name);
    await this.#takeUp();
    await this.write();
    this.#changed();
  }

  async #takeUp([wait, ...waits] = LOOK_AGAIN) {
    const mine = [this.#name, ...this.#left.map(({ client }) => client)];
    const found = (await this.#store.all()).filter(
      ({ attempt, client }) => attempt === Number(this.#about.attempt) && !mine.includes(client),
    );
    const dead = [];
    for (const record of found) if (await this.#store.hold(record.client)) dead.push(record);
    if (dead.length < found.length) setTimeout(() => this.#takeUp(waits.length ? waits : [wait]), wait);
    if (!dead.length) return;
    if (!this.#isWritten && !this.#sheet.isUnsaved) this.#goOnWith(dead.shift());
    this.#left.push(...dead);
    this.#changed();
  }

  #goOnWith(record) {
    this.#store.letGo(this.#name);
    this.#name = record.client;
    this.#isWritten = true;
    this.#sheet.adopt(record);
  }

  writeSoon() {
    this.#timer ||= setTimeout(() => this.write(), WRITTEN_DOWN);
  }

  writeNow() {
    if (this.#timer) this.write();
  }

  /** Resolves once the device has what the server has not, or cannot have it. */
  async write() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#store || this.isPaused) return;
    const record = this.#sheet.record(this.#name);
    if (!record && !this.#isWritten) return;
    const before = this.trouble;
    this.#isWritten = Boolean(record);
    await (record ? this.#store.put(record) : this.#store.remove(this.#name));
    if (before !== this.trouble) this.#changed();
  }

  /** Send the next of what dead pages left; resolves to { state, seconds } as `sendRecord` does. */
  async sendLeft(token, heard) {
    const [record] = this.#left;
    const answer = await sendRecord(record, { store: this.#store, token, heard, handsIn: false });
    if (answer.state === "later" || answer.state === "signedOut") return answer;
    this.#left.shift(); // what the server refuses stays here, for whoever looks at what waits on this device
    this.#store.letGo(record.client);
    return { ...answer, wantsHandIn: Boolean(record.handIn) && ["sent", "conflict"].includes(answer.state) };
  }

  /** The page goes: whoever comes next may go on with its record. */
  letGo() {
    this.write();
    for (const client of [this.#name, ...this.#left.map((record) => record.client)]) this.#store?.letGo(client);
  }

  /** The page is back, and begins anew. */
  renew() {
    this.#name = newClient();
    this.#isWritten = false;
    this.#left = [];
    this.ready = this.#open();
  }
}
