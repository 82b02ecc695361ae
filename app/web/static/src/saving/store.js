/**
 * What was typed and the server has not acknowledged, written down on this device: a record for each open page.
 *
 * A record: { person, attempt, client, url, title, base, flight, fields, choices, handIn, at }
 *   client   its name here, and that of the lock by which a living page holds it
 *   url      where the attempt is: saved there by PATCH, looked at there by whoever follows a link
 *   base     the newest change that was known when `fields` were typed
 *   flight   the save that waits for its answer, { client, seq, base, fields }, sent again just as it is; or null
 *   fields   name → text that is not acknowledged, that of the flight included
 *   choices  what somebody chose between two texts, [{ name, text, base }]
 *   handIn   { askedAt, stopped } where it shall be handed in once all is saved (`stopped`: a choice waits); or null
 *
 * Records lie in IndexedDB, and where that is blocked or full, in localStorage. People get at their own only: rows are
 * asked for by person, and sealed with a key that the server gives to whoever is signed in (where the browser has a
 * cipher: not over plain http). Nothing here throws: a device that cannot keep a text says so by `trouble`.
 */
import { Database, forget, inTime, Mirror, read, seal, sealKey, unseal, write } from "./shelves.js";

const KEPT_FOR = 30 * 24 * 3_600_000; // ms
const BEAT = 2_000; // ms between two signs of life, where the browser has no locks
const QUIET = 6_000; // ms without one after which a page is dead
const QUIET_BEHIND = 90_000; // the same for one in the background, where clocks are slowed down

/** `key`: 256 bits in base64url. `now`: the server's clock, so that a wrong one here makes no record old. */
export async function openStore({ person, key, now = Date.now() }) {
  const store = new Store(Number(person), await sealKey(key), now - Date.now());
  await store.dropOld();
  return store;
}

/** False only where it is known that nothing waits, so that most pages need not open a database. */
export function mayWait(person) {
  return read(flagOf(person)) !== "none";
}

class Store {
  trouble = "";
  #person;
  #key;
  #ahead; // ms that the server's clock is ahead of ours
  #shelves = [new Database(), new Mirror()];
  #waiting = new Map(); // client → the record to write, or null to remove it
  #turn = Promise.resolve();
  #turns = new Map(); // client → how often it was written: which of two rows is the newer one
  #told = new Set(); // the clients that listeners know of
  #locks = new Map(); // client → what lets go of it
  #listeners = new Set();
  #channel = globalThis.BroadcastChannel && new BroadcastChannel("answers");

  constructor(person, key, ahead) {
    this.#person = person;
    this.#key = key;
    this.#ahead = ahead;
    this.#channel?.addEventListener("message", () => this.#tell());
  }

  /** Resolves to whether the device has kept it. What is put while a write is under way is written after it, once. */
  put(record) {
    return this.#later(record.client, record);
  }

  /** Forget a record: everything in it is acknowledged. */
  remove(client) {
    return this.#later(client, null);
  }

  /** The records of this person, newest first. */
  async all() {
    await this.#turn;
    const newest = new Map();
    for (const row of await this.#rows())
      if (row.turn >= (newest.get(row.client)?.turn ?? 0)) newest.set(row.client, row);
    const opened = await Promise.all([...newest.values()].map((row) => unseal(this.#key, row)));
    return opened.filter(Boolean).sort((one, other) => other.at - one.at);
  }

  /** Whether a living page holds this record. */
  async held(client) {
    if (this.#locks.has(client)) return true;
    if (!navigator.locks) return Number(read(beatOf(client))) > Date.now();
    const { held } = await navigator.locks.query();
    return held.some(({ name }) => name === lockOf(client));
  }

  /** Hold a record until the page dies or lets go of it; false where another living page holds it. */
  async hold(client) {
    if (this.#locks.has(client)) return true;
    return navigator.locks ? this.#lock(client) : this.#beat(client);
  }

  letGo(client) {
    this.#locks.get(client)?.();
    this.#locks.delete(client);
  }

  /** Call a function whenever a record comes or goes, here or on another page; returns what ends that. */
  watch(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What nobody came back for, whosever it was. */
  async dropOld() {
    await Promise.allSettled(this.#shelves.map((shelf) => inTime(shelf.dropOld(this.#now() - KEPT_FOR))));
  }

  #later(client, record) {
    this.#waiting.set(client, record);
    return (this.#turn = this.#turn.then(() => this.#settle(client)));
  }

  async #settle(client) {
    if (!this.#waiting.has(client)) return !this.trouble; // it went with the one before
    const record = this.#waiting.get(client);
    this.#waiting.delete(client);
    await (record ? this.#write(record) : this.#erase(client));
    if (this.#told.has(client) !== Boolean(record)) {
      this.#told[record ? "add" : "delete"](client);
      this.#channel?.postMessage("");
      this.#tell();
    }
    return !this.trouble;
  }

  async #write(record) {
    const { client } = record;
    const turn = (this.#turns.get(client) ?? 0) + 1;
    const row = { person: this.#person, client, turn, at: record.at ?? this.#now() }; // sending makes it no younger
    this.#turns.set(client, turn);
    forget(flagOf(this.#person));
    for (const shelf of this.#shelves) {
      try {
        const sealed = await seal(this.#key, { ...record, person: row.person, at: row.at }, row);
        await inTime(shelf.put({ ...row, ...sealed }));
        forget(flagOf(this.#person)); // again: another page may have looked, and found nothing, just before
        this.trouble = "";
        return;
      } catch (error) {
        this.trouble = error.name === "QuotaExceededError" ? "quota" : "blocked";
      }
    }
  }

  async #erase(client) {
    const key = [this.#person, client];
    const done = await Promise.allSettled(this.#shelves.map((shelf) => inTime(shelf.remove(key))));
    if (done[0].status === "fulfilled") await this.#rows();
  }

  async #rows() {
    const found = await Promise.allSettled(this.#shelves.map((shelf) => inTime(shelf.all(this.#person))));
    const rows = found.flatMap(({ value }) => value ?? []);
    const isSure = found.every(({ status }) => status === "fulfilled");
    if (isSure && !rows.length && !this.#waiting.size) write(flagOf(this.#person), "none");
    for (const { client, turn } of rows) this.#turns.set(client, Math.max(turn, this.#turns.get(client) ?? 0));
    return rows;
  }

  #lock(client) {
    return new Promise((resolve) => {
      const request = navigator.locks.request(lockOf(client), { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise((done) => this.#locks.set(client, done));
      });
      request.catch(() => resolve(true)); // no locks for this page: then nobody else gets one either
    });
  }

  async #beat(client) {
    if (await this.held(client)) return false;
    const beat = () => write(beatOf(client), String(Date.now() + (document.hidden ? QUIET_BEHIND : QUIET)));
    const timer = setInterval(beat, BEAT);
    document.addEventListener("visibilitychange", beat);
    this.#locks.set(client, () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", beat);
      forget(beatOf(client));
    });
    beat();
    return true;
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  #now() {
    return Date.now() + this.#ahead;
  }
}

const flagOf = (person) => `answers-waiting/${person}`;
const beatOf = (client) => `answers-held/${client}`;
const lockOf = (client) => `answers/${client}`;
