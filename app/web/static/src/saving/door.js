/**
 * The way back in for a page whose sign-in ended: a dialog over it, so that nothing typed is lost.
 *
 * While it stands there, the page behind it is hidden: whoever else sits down at this device sees nothing of it, and
 * when somebody else signs in, the page is left without anything being sent.
 */
import { askToken } from "./send.js";

const PATIENCE = 6_000; // ms that somebody waits for who has pressed a button

export class Door {
  #dialog;
  #person;
  #opened;
  #admit;
  #isTrying = false;

  /** `opened` is called when somebody has to sign in. */
  constructor(dialog, person, opened) {
    this.#dialog = dialog;
    this.#person = person;
    this.#opened = opened;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => this.isOpen && dialog.showModal()); // a second Esc closes it all the same
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try();
    });
  }

  isOpen = false;
  isLeaving = false;

  /** Resolves to the CSRF token that holds from now on, once the page's person is signed in again. */
  async pass() {
    const { token, isIn } = await this.#ask();
    if (isIn) return token; // another page of theirs has signed in meanwhile
    this.isOpen = true;
    document.documentElement.dataset.locked = "";
    this.#dialog.showModal();
    this.#opened();
    return new Promise((admit) => (this.#admit = admit));
  }

  /** A fresh token, where the cookie has changed and the page's person is still the one who is signed in. */
  async renew() {
    const { token, isIn } = await this.#ask();
    return isIn ? token : this.pass();
  }

  async #ask() {
    const { token, person } = await askToken(this.#dialog.dataset.tokenUrl, PATIENCE);
    if (person !== null && person !== this.#person) await this.#leave();
    return { token, isIn: person === this.#person };
  }

  async #try() {
    const [name, password] = this.#dialog.querySelectorAll("input:not([type=hidden])");
    if (this.#isTrying) return;
    this.#isTrying = true;
    try {
      const { token, isIn } = await this.#ask();
      if (isIn) return this.#close(token);
      const response = await fetch(this.#dialog.dataset.signInUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ name: name.value, password: password.value }),
      });
      const told = await response.json();
      if (!response.ok) return this.#say(told.detail);
      if (told.person_id !== this.#person) await this.#leave();
      password.value = "";
      this.#close(told.csrf_token);
    } catch {
      this.#say(this.#dialog.dataset.unreachable);
    } finally {
      this.#isTrying = false;
    }
  }

  #say(sentence) {
    const place = this.#dialog.querySelector("[data-refusal]");
    place.hidden = !sentence;
    place.querySelector("span").textContent = sentence;
  }

  #close(token) {
    this.#say("");
    this.isOpen = false;
    delete document.documentElement.dataset.locked;
    this.#dialog.close();
    this.#admit(token);
  }

  /** Somebody else is here now: nothing of the page may stay, nothing of it is sent. Never returns. */
  #leave() {
    this.isLeaving = true;
    document.body.replaceChildren();
    location.replace("/");
    return new Promise(() => {});
  }
}
