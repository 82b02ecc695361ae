/**
 * <left-answers>: what pages that died have left on this device, shown and sent from every page of the same person.
 *
 * Where nothing waits it shows nothing and opens no database. A sheet that is open takes care of itself: its attempt is
 * left to it. Whoever signs out while something waits is told first, and may go all the same.
 */
import { fileOfRecord, offer } from "./saving/file.js";
import { backOff, sendRecord, Token } from "./saving/send.js";
import { mayWait, openStore } from "./saving/store.js";

const THANKS = 6_000; // ms that "all is uploaded" stands there
const LOOK_AGAIN = 20_000; // ms between two looks while something waits
const STUCK = ["refused", "stopped", "gone"]; // sending it again as it is would change nothing

class LeftAnswers extends HTMLElement {
  #store = null;
  #records = [];
  #news = new Map(); // client → what became of a record: { title, url, state, sentence }
  #running = null;
  #failures = 0;
  #timer = 0;
  #watched = false;

  connectedCallback() {
    const { person, tokenUrl } = this.dataset;
    this.person = Number(person);
    this.token = new Token(document.querySelector("input[name=csrf_token]")?.value ?? "", { url: tokenUrl, person });
    this.attempt = Number(document.querySelector("autosave-form")?.dataset.attempt); // NaN on all other pages
    this.#news = new Map(remembered(this.#place).filter(([, { url }]) => url !== location.pathname));
    this.#remember();
    this.dialog = this.querySelector("dialog[data-leaving]");
    this.copy = this.querySelector("dialog[data-copy]");
    this.querySelector("[data-retry]").addEventListener("click", () => this.#go());
    this.copy.querySelector("[data-take]").addEventListener("click", () => this.#copyText());
    for (const form of document.querySelectorAll("form[data-sign-out]")) this.#guard(form);
    addEventListener("online", () => this.#go());
    addEventListener("pageshow", (event) => event.persisted && this.#go());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#go());
    this.#go();
  }

  /** Look for what was left and send it, one pass at a time. */
  #go() {
    clearTimeout(this.#timer);
    this.#running ??= this.#pass().finally(() => (this.#running = null));
    return this.#running;
  }

  async #pass() {
    if (!mayWait(this.person)) return this.#show();
    await this.#look();
    let seconds = 0;
    for (const record of this.#records.filter(({ attempt }) => attempt !== this.attempt)) {
      const answer = await this.#send(record);
      if (answer?.state === "later") {
        this.#failures += 1;
        seconds = answer.seconds;
        break; // the next one would fare no better
      }
    }
    await this.#look();
    if (this.#records.length) this.#after(this.#failures ? backOff(this.#failures, seconds) : LOOK_AGAIN);
  }

  #after(milliseconds) {
    this.#timer = setTimeout(() => this.#go(), milliseconds);
  }

  async #open() {
    const { person, key, now } = this.dataset;
    this.#store ??= await openStore({ person, key, now: Number(now) });
    if (!this.#watched) this.#store.watch(() => this.#running ?? this.#look());
    this.#watched = true;
    return this.#store;
  }

  /** The records that no living page holds. */
  async #look() {
    const store = await this.#open();
    const all = await store.all();
    const held = await Promise.all(all.map(({ client }) => store.held(client)));
    this.#records = all.filter((_, index) => !held[index]);
    this.#show();
  }

  async #send(record) {
    const store = await this.#open();
    if (!(await store.hold(record.client))) return null; // a page has come to life that looks after it
    try {
      const [fresh] = (await store.all()).filter(({ client }) => client === record.client);
      if (!fresh) return null;
      const answer = await sendRecord(fresh, { store, token: this.token });
      if (answer.state !== "later") this.#failures = 0;
      this.#note(fresh, answer);
      return answer;
    } finally {
      store.letGo(record.client);
    }
  }

  #note({ client, title, url }, { state, sentence, url: after }) {
    if (state === "sent") this.#news.delete(client);
    else this.#news.set(client, { title, url: after || url, state, sentence });
    if (state === "sent" || state === "handedIn" || state === "late") this.hasSent = true;
    this.#remember();
  }

  /** What somebody has to look at is said on every page of the tab until they have opened the sheet. */
  #remember() {
    const lasting = [...this.#news].filter(([, { state }]) => state === "conflict" || state === "late");
    try {
      if (lasting.length) sessionStorage.setItem(this.#place, JSON.stringify(lasting));
      else sessionStorage.removeItem(this.#place);
    } catch {
      // then it is said on this page
    }
  }

  /** The next person at this tab shall not read it. */
  #forget() {
    this.#news.clear();
    this.#remember();
  }

  get #place() {
    return `left-answers/${this.person}`;
  }

  // Saying so

  #show() {
    const waiting = this.#records.filter(({ attempt }) => attempt !== this.attempt);
    const known = new Set(waiting.map(({ client }) => client));
    const told = [...this.#news].filter(([client, { state }]) => !known.has(client) && this.#isNews(state));
    this.#say(waiting.length, told.length);
    const items = [
      ...waiting.map((record) => this.#item(record, this.#news.get(record.client), record)),
      ...told.map(([, news]) => this.#item(news, news, null)),
    ];
    this.querySelector("[data-list]").replaceChildren(...items);
    for (const list of this.dialog.querySelectorAll("[data-list]"))
      list.replaceChildren(...this.#records.map((record) => this.#item(record, this.#news.get(record.client), record)));
  }

  #isNews(state) {
    return ["conflict", "handedIn", "late"].includes(state);
  }

  #say(waiting, told) {
    const words = this.querySelector("[data-waiting]");
    const isDone = this.hasSent && !waiting && !told;
    const sentence = waiting ? counted(words, waiting) : isDone ? words.dataset.done : words.dataset.news;
    if (words.textContent !== sentence && (waiting || told || isDone)) words.textContent = sentence;
    this.dataset.state = waiting ? "waiting" : "told";
    this.querySelector("[data-retry]").hidden = !waiting;
    this.querySelector("[data-what]").hidden = !waiting && !told;
    if (told) this.querySelector("[data-what]").open = true;
    this.querySelector("[data-box]").hidden = !waiting && !told && !isDone;
    if (isDone) setTimeout(() => ((this.hasSent = false), this.#show()), THANKS);
  }

  #item({ title, url }, news, record) {
    const item = this.querySelector("template[data-item]").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    link.textContent = title;
    link.href = url;
    const state = news?.state ?? (navigator.onLine ? "waits" : "offline");
    item.querySelector("[data-state]").textContent = news?.sentence || item.dataset[state] || item.dataset.waits;
    const [download, remove] = item.querySelectorAll("button");
    download.hidden = !record;
    remove.hidden = !record || !STUCK.includes(state);
    download.addEventListener("click", () => offer(fileOfRecord(record, this.#whose()), this.copy));
    remove.addEventListener("click", () => this.#remove(record, remove));
    return item;
  }

  #whose() {
    return { number: this.dataset.number, name: this.dataset.name };
  }

  /** What the server will never take can be removed from here; asked for twice. */
  async #remove(record, button) {
    if (button.textContent !== button.dataset.sure) return void (button.textContent = button.dataset.sure);
    const store = await this.#open();
    await store.remove(record.client);
    this.#news.delete(record.client);
    await this.#look();
  }

  async #copyText() {
    const area = this.copy.querySelector("textarea");
    area.select();
    await navigator.clipboard?.writeText(area.value).catch(() => {});
  }

  // Signing out

  #guard(form) {
    let mayGo = false;
    form.addEventListener("submit", async (event) => {
      if (mayGo) return;
      if (!mayWait(this.person)) return void this.#forget();
      event.preventDefault();
      const leave = () => {
        this.#forget();
        mayGo = true;
        form.requestSubmit();
      };
      const count = await this.#countAll().catch(() => 0);
      if (!count) return leave();
      this.#ask(count, leave);
    });
  }

  /** Those of open pages as well: they have not arrived either. */
  async #countAll() {
    const store = await this.#open();
    this.#records = await store.all();
    this.#show();
    return this.#records.length;
  }

  #ask(count, leave) {
    const [said, problem] = [this.dialog.querySelector("[data-said]"), this.dialog.querySelector("[data-problem]")];
    said.textContent = counted(said, count);
    problem.hidden = true;
    this.dialog.querySelector("[data-send]").onclick = async () => {
      await this.#go();
      const left = await this.#countAll();
      if (!left) return leave();
      said.textContent = counted(said, left);
      problem.hidden = false;
    };
    this.dialog.querySelector("[data-leave]").onclick = leave;
    this.dialog.showModal();
  }
}

function remembered(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place)) ?? [];
  } catch {
    return [];
  }
}

const counted = ({ dataset }, count) => (count === 1 ? dataset.one : dataset.many.replace("{count}", count));

customElements.define("left-answers", LeftAnswers);
