/**
 * <time-left>: how many minutes are left until the end of an attempt, by the server's clock.
 *
 * The page says what the server's clock showed when it was drawn; from there the time since is counted by the browser's
 * steady clock, so a device whose clock is wrong, or is set while somebody writes, changes nothing. Where a device
 * slept, its steady clock may have slept with it: then the server is asked again. It says `timeup` on the document
 * at the end, asks the server whether that is still the end, and listens for `ends` there: what the server told of it,
 * then or with a save, after a trainer gave more time.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TOLD_AT = [10, 5, 1]; // minutes left at which screen readers are told
const SOON = 0.2; // of the whole time
const LAST = 0.05;
const SLEPT = 2 * SECOND; // by which the two clocks of a device may differ
const LONGEST_SLEEP = 60 * MINUTE; // of a timer: browsers lose count beyond some days
const SAME_DAY = 12 * 60 * MINUTE; // an end beyond is said with its day

class TimeLeft extends HTMLElement {
  #ahead = 0; // the server's clock minus the steady one
  #drift = 0; // the device's clock minus the steady one
  #ends = null;
  #total = 0;
  #calls = []; // minutes that are still to be told
  #isOver = false;
  #timer = 0;

  connectedCallback() {
    this.words = this.querySelector("[data-words]");
    this.voice = document.querySelector("[data-time-voice]");
    const drawn = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
    this.#ahead = Number(this.dataset.now) - drawn;
    this.#drift = Date.now() - performance.now();
    this.#total = Number(this.dataset.total);
    this.#until(this.dataset.ends ? Number(this.dataset.ends) : null);
    document.addEventListener("ends", ({ detail }) => this.#told(detail));
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#ask());
    addEventListener("online", () => this.#look());
  }

  get #now() {
    return performance.now() + this.#ahead;
  }

  /** `ends_at` and `now` as the server writes moments; no end is null. */
  #told({ ends_at: ends, now }) {
    if (now) this.#setClock(Date.parse(now));
    const moment = ends ? Date.parse(ends) : null;
    if (Math.abs(moment - this.#ends) < SECOND) return this.#tick(); // the same, or none as before
    if (moment && this.#ends && !this.hasAttribute("data-closing")) this.#total += moment - this.#ends;
    this.#until(moment);
    this.#sayEnd();
  }

  #until(ends) {
    this.#ends = ends;
    this.#isOver = false;
    this.#calls = TOLD_AT.filter((minutes) => this.#left > minutes * MINUTE);
    this.#tick();
  }

  get #left() {
    return this.#ends - this.#now;
  }

  #tick() {
    clearTimeout(this.#timer);
    if (this.#ends === null) return this.#hide(true);
    if (Math.abs(Date.now() - performance.now() - this.#drift) > SLEPT) this.#ask();
    const left = this.#left;
    this.#show(left);
    this.#call(left);
    if (left > 0) this.#isOver = false; // the server's clock may have been set right
    if (left > 0) this.#timer = setTimeout(() => this.#tick(), Math.min(LONGEST_SLEEP, this.#untilChange(left)));
    else if (!this.#isOver) {
      this.#isOver = true;
      document.dispatchEvent(new CustomEvent("timeup"));
      this.#askEnd();
    }
  }

  /** How long until something else is to be said or shown. */
  #untilChange(left) {
    const marks = [this.#total, SOON * this.#total, LAST * this.#total].map((mark) => left - mark);
    const next = [left, left % MINUTE || MINUTE, ...marks].filter((each) => each > 0);
    return Math.min(...next) + 20; // a timer may ring a little early
  }

  #show(left) {
    this.#hide(left > this.#total);
    this.dataset.state = left <= LAST * this.#total ? "last" : left <= SOON * this.#total ? "soon" : "calm";
    const sentence = this.#inWords(left);
    if (this.words.textContent !== sentence) this.words.textContent = sentence;
  }

  #hide(isHidden) {
    this.hidden = isHidden;
    this.closest(".worktop")?.classList.toggle("worktop--timed", !isHidden);
  }

  #inWords(left) {
    if (left <= 0) return this.dataset.over;
    const minutes = Math.floor(left / MINUTE); // less than there is, rather than more
    if (!minutes) return this.dataset.less;
    return minutes === 1 ? this.dataset.one : this.dataset.many.replace("{minutes}", minutes);
  }

  /** Screen readers hear of the time three times, and of its end; the figures that change are no live region. */
  #call(left) {
    const due = this.#calls.filter((minutes) => left <= minutes * MINUTE);
    if (due.length) {
      this.#calls = this.#calls.filter((minutes) => !due.includes(minutes));
      const minutes = Math.min(...due);
      this.#say(minutes === 1 ? this.dataset.one : this.dataset.many.replace("{minutes}", minutes));
    }
    if (left <= 0 && !this.#isOver) this.#say(this.dataset.over);
  }

  #say(sentence) {
    if (this.voice) this.voice.textContent = sentence;
  }

  /** Where the wall time of the end stands, the new one; told once. */
  #sayEnd() {
    const place = document.querySelector("[data-end-line]");
    if (!this.#ends) return place && void (place.hidden = true);
    const day = this.#left > SAME_DAY ? { month: "long", day: "numeric" } : {};
    const when = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.dataset.zone };
    const time = new Intl.DateTimeFormat(document.documentElement.lang, when).format(this.#ends);
    const sentence = this.dataset.moved.replace("{time}", time);
    if (place) {
      place.hidden = false;
      place.querySelector("[data-words]").textContent = sentence;
    }
    this.#say(sentence);
  }

  #look() {
    this.#tick();
    if (this.#isOver) this.#askEnd();
  }

  // The server's clock

  #setClock(now) {
    this.#ahead = now - performance.now();
    this.#drift = Date.now() - performance.now();
  }

  /** Over by what this page knows: a trainer may have given more time since. */
  async #askEnd() {
    try {
      const answer = await fetch(this.dataset.attempt, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) document.dispatchEvent(new CustomEvent("ends", { detail: await answer.json() }));
    } catch {
      // no network: it is asked again when it is back
    }
  }

  /** The server writes the time into every answer, to the second. */
  async #ask() {
    this.#drift = Date.now() - performance.now();
    try {
      const answer = await fetch(this.dataset.clock, { method: "HEAD", cache: "no-store" });
      const now = Date.parse(answer.headers.get("Date"));
      if (Math.abs(now + SECOND / 2 - this.#now) > SLEPT) this.#setClock(now + SECOND / 2);
    } catch {
      return; // no network: the next save brings the time
    }
    this.#tick();
  }
}

customElements.define("time-left", TimeLeft);
