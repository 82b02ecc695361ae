/** The two places on a device where rows can lie, IndexedDB and localStorage, and the cipher that seals them. */

const NAME = "answers";
const PATIENCE = 3_000; // ms after which a database that says nothing is taken for a broken one
const PREFIX = `${NAME}/`;

export class Database {
  #opening = null;
  #isStuck = false;

  put(row) {
    return this.#do("readwrite", (store) => store.put(row));
  }

  remove(key) {
    return this.#do("readwrite", (store) => store.delete(key));
  }

  all(person) {
    return this.#do("readonly", (store) => store.getAll(IDBKeyRange.bound([person], [person, []])));
  }

  async dropOld(moment) {
    const old = await this.#do("readonly", (store) => store.index("at").getAllKeys(IDBKeyRange.upperBound(moment)));
    for (const key of old) await this.remove(key);
  }

  async #do(mode, work) {
    if (this.#isStuck) throw new DOMException("", "TimeoutError");
    this.#opening ??= open(() => (this.#opening = null));
    try {
      const database = await inTime(this.#opening);
      return await finished(database, mode, work);
    } catch (error) {
      if (error.name !== "QuotaExceededError") this.#opening = null; // the browser may have closed it
      this.#isStuck = error.name === "TimeoutError";
      throw error;
    }
  }
}

async function open(closed) {
  const request = indexedDB.open(NAME, 1);
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () =>
      request.result.createObjectStore(NAME, { keyPath: ["person", "client"] }).createIndex("at", "at");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = closed;
      database.onversionchange = () => {
        database.close();
        closed();
      };
      resolve(database);
    };
  });
}

/** Strict: it is on the disk before we go on, so that a device that loses its power has it as well. */
function finished(database, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(NAME, mode, { durability: "strict" });
    const request = work(transaction.objectStore(NAME));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error ?? new DOMException("", "AbortError"));
  });
}

/** For browsers whose IndexedDB is blocked or full. */
export class Mirror {
  async put(row) {
    localStorage.setItem(nameOf([row.person, row.client]), JSON.stringify(row));
  }

  async remove(key) {
    localStorage.removeItem(nameOf(key));
  }

  async all(person) {
    return rowsUnder(`${PREFIX}${person}/`);
  }

  async dropOld(moment) {
    for (const { person, client, at } of rowsUnder(PREFIX)) if (at <= moment) await this.remove([person, client]);
  }
}

const nameOf = ([person, client]) => `${PREFIX}${person}/${client}`;

function rowsUnder(prefix) {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  return names.map((name) => JSON.parse(localStorage.getItem(name))).filter(Boolean);
}

// Marks in localStorage, which some browsers refuse

export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function write(name, text) {
  try {
    localStorage.setItem(name, text);
  } catch {
    // then nobody knows, and looks
  }
}

export function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // nothing is there, then
  }
}

// The cipher

/** Null where the browser has no cipher, or there is no key. */
export async function sealKey(key) {
  try {
    const bytes = fromBase64(key.replaceAll("-", "+").replaceAll("_", "/"));
    return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  } catch {
    return null;
  }
}

export async function seal(key, record, row) {
  const text = JSON.stringify(record);
  if (!key) return { plain: text };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(cipher(iv, row), key, new TextEncoder().encode(text));
  return { iv: toBase64(iv), sealed: toBase64(new Uint8Array(sealed)) };
}

/** The record in a row; null where it cannot be read any more. */
export async function unseal(key, row) {
  try {
    if (row.plain) return JSON.parse(row.plain);
    const opened = await crypto.subtle.decrypt(cipher(fromBase64(row.iv), row), key, fromBase64(row.sealed));
    return JSON.parse(new TextDecoder().decode(opened));
  } catch {
    return null;
  }
}

/** Bound to its row: put under another name, it does not open. */
function cipher(iv, { person, client }) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${person}/${client}`) };
}

const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

/** Some browsers neither open a database nor refuse to. */
export function inTime(promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new DOMException("", "TimeoutError")), PATIENCE));
  return Promise.race([promise, late]);
}
