/**
 * <placement-board>: puts cards into places by dragging, or from wherever a card is with Alt+↑ and Alt+↓.
 *
 * What documents/blocks.html draws inside it works without this script: a radio button for every place. They stay
 * the only record of where a card lies; every way of moving a card sets them, and the card follows. Where the board
 * is wide each place becomes a column to drag cards into; on a phone the cards keep their order.
 */
import Sortable from "sortablejs";

const STEPS = { ArrowUp: -1, ArrowDown: 1 };
const COLUMN = 150; // px, the narrowest column a card's text is still pleasant to read in

let boards = 0;

class PlacementBoard extends HTMLElement {
  #group = `placement-${++boards}`;
  #sortables = [];
  #cards = [];
  #places = [];
  #watch;

  connectedCallback() {
    if (!this.#cards.length) this.#equip();
    this.#sortables = this.#lists().map((list) => this.#makeSortable(list));
    this.#watch = new ResizeObserver(([entry]) => this.#fit(entry.contentRect.width));
    this.#watch.observe(this);
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    this.#sortables.forEach((sortable) => sortable.destroy());
  }

  #equip() {
    this.pile = this.querySelector("[data-pile]");
    this.#cards = [...this.querySelectorAll("[data-card]")];
    this.#places = [...this.querySelectorAll("[data-place]")];
    this.columns = element("div", "board__columns");
    this.columns.hidden = true;
    this.columns.append(...this.#places.map((place, index) => this.#makeColumn(place, index)));
    this.status = element("output", "visually-hidden");
    this.pile.after(this.columns);
    this.append(this.status);
    this.addEventListener("change", (event) => this.#onChange(event));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** A column says what its step of the ladder says. */
  #makeColumn(place, index) {
    const column = element("section", "board__place");
    const head = element("div", "board__head");
    const mark = element("span", "board__mark");
    const list = element("div", "board__list");
    mark.textContent = markOf(this.#cards[0], index);
    mark.ariaHidden = "true";
    head.append(mark, place.querySelector(".ladder__place").cloneNode(true));
    list.dataset.list = place.dataset.place;
    list.dataset.empty = this.dataset.empty;
    column.append(head, list);
    return column;
  }

  #makeSortable(list) {
    return Sortable.create(list, {
      group: this.#group,
      draggable: "[data-card]",
      sort: false,
      disabled: true,
      delay: 150, // on touch: a swipe that begins on a card still scrolls the page
      delayOnTouchOnly: true,
      onAdd: ({ item, to }) => choose(item, to.dataset.list ?? ""),
    });
  }

  /** Columns where each of them is wide enough, the plain sequence of cards elsewhere. */
  #fit(width) {
    const wide = width >= this.#places.length * COLUMN;
    if (wide === !this.columns.hidden) return;
    this.columns.hidden = !wide;
    this.classList.toggle("board--wide", wide);
    this.#sortables.forEach((sortable) => sortable.option("disabled", !wide));
    if (wide) this.#cards.forEach((card) => this.#follow(card));
    else this.pile.append(...this.#cards);
  }

  #onChange(event) {
    const card = event.target.closest("[data-card]");
    if (!card || event.target.type === "checkbox") return;
    this.#follow(card);
    this.#count();
    const place = this.#placeOf(card);
    this.status.value = (place ? this.dataset.moved : this.dataset.returned)
      .replace("{card}", () => card.querySelector("[data-card-text]").textContent)
      .replace("{place}", () => nameOf(place));
  }

  #onKey(event) {
    const card = event.target.closest("[data-card]");
    if (!card || !event.altKey || !(event.key in STEPS)) return;
    event.preventDefault();
    const ids = this.#places.map((place) => place.dataset.place);
    const now = ids.indexOf(chosenOf(card)?.value);
    const next = now < 0 && STEPS[event.key] < 0 ? ids.length - 1 : now + STEPS[event.key];
    choose(card, ids.at(next % ids.length));
  }

  /** Put the card where its radio buttons say, and keep the focus, which moving a node loses; of radio buttons the
   *  chosen one is the one to stand on. */
  #follow(card) {
    if (this.columns.hidden) return;
    const list = this.#listOf(card);
    const held = card.contains(document.activeElement) ? document.activeElement : null;
    const focused = held?.type === "radio" ? (chosenOf(card) ?? held) : held;
    if (card.parentElement !== list) list.append(card);
    focused?.focus();
  }

  /** The seals on the ladder, and how many cards are placed. */
  #count() {
    for (const place of this.#places) {
      const seals = this.#cards.filter((card) => this.#placeOf(card) === place).map((card) => sealOf(card));
      place.querySelector("[data-held]").replaceChildren(...seals.map((seal) => seal.cloneNode(true)));
      place.querySelector("[data-held-label]").hidden = !seals.length;
    }
    for (const card of this.#cards) {
      card.classList.toggle("pcard--open", !chosenOf(card));
      sealOf(card).classList.toggle("seal--open", !chosenOf(card));
    }
    this.querySelector("[data-count]").textContent = this.#cards.filter(chosenOf).length;
  }

  #lists() {
    return [this.pile, ...this.columns.querySelectorAll("[data-list]")];
  }

  #listOf(card) {
    return this.#lists().find((list) => list.dataset.list === chosenOf(card)?.value);
  }

  #placeOf(card) {
    return this.#places.find((place) => place.dataset.place === chosenOf(card)?.value);
  }
}

const chosenOf = (card) => card.querySelector("input[type=radio]:checked");
const sealOf = (card) => card.querySelector(".seal");
const nameOf = (place) => place?.querySelector("b").textContent ?? "";
const markOf = (card, index) => card.querySelectorAll(".pick__mark")[index].textContent;

/** Choose a place for a card; "" takes it out of all. */
function choose(card, place) {
  const radios = [...card.querySelectorAll("input[type=radio]")];
  for (const radio of radios) radio.checked = radio.value === place;
  (chosenOf(card) ?? card).dispatchEvent(new Event("change", { bubbles: true }));
}

function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

customElements.define("placement-board", PlacementBoard);
