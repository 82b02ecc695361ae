/**
 * What boards share: cards lie in a pile or in one of several lists, and the fields of a card alone say where.
 *
 * Every way of moving a card sets its fields, which dispatch "change"; the card follows. Who sets them from outside
 * (as autosave does with what is stored) dispatches "restore" instead, and the cards follow without a word.
 */
import Sortable from "sortablejs";

let boards = 0;

export class Board extends HTMLElement {
  group = `board-${++boards}`;
  cards = [];
  wide = false;
  #sortables = [];
  #watch;

  // What a board has of its own: build() makes the lists, arrange() shows or hides them, show() shows counts and
  // states, roomNeeded is the width in px from which there are lists, valueOf(card) reads, write(card, value) sets,
  // nameOf(value) says the place, step(value, key) → the value a key leads to, or undefined.

  connectedCallback() {
    if (!this.cards.length) this.#equip();
    this.#sortables = this.lists().map((list) => this.#makeSortable(list));
    this.#watch = new ResizeObserver(([entry]) => this.#fit(entry.contentRect.width));
    this.#watch.observe(this);
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    this.#sortables.forEach((sortable) => sortable.destroy());
    this.wide = false;
  }

  lists() {
    return [this.pile, ...this.querySelectorAll("[data-list]")];
  }

  #equip() {
    this.pile = this.querySelector("[data-pile]");
    this.cards = [...this.querySelectorAll("[data-card]")];
    this.build();
    this.status = element("output", "visually-hidden");
    this.append(this.status);
    this.addEventListener("change", (event) => this.#onChange(event));
    this.addEventListener("restore", () => this.#refresh());
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #makeSortable(list) {
    return Sortable.create(list, {
      group: this.group,
      draggable: "[data-card]",
      filter: "select, input, button",
      preventOnFilter: false,
      sort: false,
      disabled: true,
      delay: 150, // on touch: a swipe that begins on a card still scrolls the page
      delayOnTouchOnly: true,
      onAdd: ({ item, to }) => this.write(item, to.dataset.list ?? ""),
    });
  }

  /** Lists where each of them is wide enough, the plain sequence of cards elsewhere. */
  #fit(width) {
    const wide = width >= this.roomNeeded;
    if (wide === this.wide) return;
    this.wide = wide;
    this.classList.toggle("board--wide", wide);
    this.arrange(wide);
    this.#sortables.forEach((sortable) => sortable.option("disabled", !wide));
    if (!wide) this.pile.append(...this.cards);
    this.#refresh();
  }

  #refresh() {
    this.cards.forEach((card) => this.#follow(card));
    this.show();
  }

  #onChange(event) {
    dropListEvent(event);
    const card = event.target.closest("[data-card]");
    if (!card || event.target.type === "checkbox") return;
    this.#follow(card);
    this.show();
    const value = this.valueOf(card);
    this.status.value = worded(value ? this.dataset.moved : this.dataset.returned, {
      card: textOf(card),
      place: value && this.nameOf(value),
    });
  }

  #onKey(event) {
    const card = event.target.closest("[data-card]");
    if (!card || !event.altKey) return;
    const value = this.step(this.valueOf(card), event.key);
    if (value === undefined) return;
    event.preventDefault();
    if (value !== this.valueOf(card)) this.write(card, value);
  }

  /** Put the card where its fields say. */
  #follow(card) {
    if (!this.wide) return;
    const list = this.lists().find((each) => (each.dataset.list ?? "") === this.valueOf(card));
    if (card.parentElement !== list) keepingFocus(card, () => list.append(card));
  }
}

/** Move nodes and keep the focus, which moving loses; of radio buttons the chosen one is the one to stand on. */
export function keepingFocus(card, move) {
  const held = card.contains(document.activeElement) ? document.activeElement : null;
  move();
  const chosen = held?.type === "radio" && card.querySelector("input[type=radio]:checked");
  (chosen || held)?.focus({ preventScroll: true });
}

/** Sortable calls an event of its own "change", too: nobody who listens for fields should hear it. */
export function dropListEvent(event) {
  if (!event.target.name) event.stopPropagation();
}

export const textOf = (card) => card.querySelector("[data-card-text]").textContent.trim();

export function worded(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

export function changed(field) {
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

export function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
