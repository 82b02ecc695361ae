/**
 * <order-board>: numbers cards by tapping them in turn, by ↑ and ↓, by dragging, or with Alt+↑ and Alt+↓.
 *
 * What documents/blocks.html draws inside it works without this script: a select with the numbers for every card,
 * which stays the only record. Cards with a number stand above in their order, the others wait below as they came:
 * what nobody touched has no number. Numbers may leave gaps; a move gives no number twice. Where there are fewer numbers
 * than cards, whoever is pushed behind the last one has none any more.
 */
import Sortable from "sortablejs";
import { changed, dropListEvent, element, keepingFocus, textOf, worded } from "./board.js";

const STEPS = { ArrowUp: -1, ArrowDown: 1 };

let boards = 0;

class OrderBoard extends HTMLElement {
  #cards = [];
  #sortables = [];
  #group = `order-${++boards}`;
  #moving = false;

  connectedCallback() {
    if (!this.#cards.length) this.#equip();
    this.#sortables = [this.ranked, this.pile].map((list) => this.#makeSortable(list));
    this.#show();
  }

  disconnectedCallback() {
    this.#sortables.forEach((sortable) => sortable.destroy());
  }

  #equip() {
    this.pile = this.querySelector("[data-pile]");
    this.#cards = [...this.pile.querySelectorAll("[data-card]")];
    this.ranked = element("div", "order__list");
    this.ranked.dataset.empty = this.dataset.empty;
    this.pile.before(this.ranked);
    this.status = element("output", "visually-hidden");
    this.append(this.status);
    this.classList.add("board--live");
    this.querySelector("[data-keys]").hidden = false;
    for (const moves of this.querySelectorAll("[data-moves]")) moves.hidden = false;
    this.addEventListener("change", (event) => this.#onChange(event));
    this.addEventListener("restore", () => this.#show());
    this.addEventListener("click", (event) => this.#onClick(event));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #makeSortable(list) {
    return Sortable.create(list, {
      group: this.#group,
      draggable: "[data-card]",
      filter: "select, button",
      preventOnFilter: false,
      delay: 150, // on touch: a swipe that begins on a card still scrolls the page
      delayOnTouchOnly: true,
      onEnd: ({ item }) => this.#onDrop(item),
    });
  }

  #onChange(event) {
    dropListEvent(event);
    const card = event.target.closest("[data-card]");
    if (card && !this.#moving) this.#number(card, Number(event.target.value));
  }

  #onClick({ target }) {
    const button = target.closest("button[data-move]");
    const card = target.closest("[data-card]");
    if (!button || !card) return;
    const step = Number(button.dataset.move);
    if (step) this.#swap(card, step);
    else this.#number(card, this.#firstFree());
  }

  #onKey(event) {
    const card = event.target.closest("[data-card]");
    const step = event.altKey && STEPS[event.key];
    if (!card || !step) return;
    event.preventDefault();
    if (numberOf(card)) this.#swap(card, step);
    else if (step < 0) this.#number(card, this.#firstFree());
  }

  /** Give a card this number, 0 for none; who stands there makes room. */
  #number(card, number) {
    const others = this.#inOrder().filter((each) => each !== card);
    const before = others.filter((each) => numberOf(each) < number);
    const order = number ? [...before, card, ...others.slice(before.length)] : others;
    this.#assign(order, order.map((each) => (each === card ? number : numberOf(each))), card);
  }

  #swap(card, step) {
    const order = this.#inOrder();
    const [from, to] = [order.indexOf(card), order.indexOf(card) + step];
    if (!order[to]) return;
    const numbers = order.map(numberOf);
    [order[from], order[to]] = [order[to], order[from]];
    this.#assign(order, numbers, card);
  }

  #onDrop(card) {
    if (card.parentElement !== this.ranked) {
      if (numberOf(card)) this.#number(card, 0);
      else this.#show();
      return;
    }
    const order = [...this.ranked.children];
    const numbers = this.#inOrder().map(numberOf);
    if (!numberOf(card)) {
      const at = order.indexOf(card);
      numbers.splice(at, 0, at ? numbers[at - 1] + 1 : Math.max(1, (numbers[0] ?? 2) - 1));
    }
    this.#assign(order, numbers, card);
  }

  /** Set the fields to this order, show it, and say what became of the card that was moved. */
  #assign(order, wanted, moved) {
    if (order.length > this.#most) {
      order = order.slice(0, this.#most);
      wanted = order.map((_, index) => index + 1);
    }
    const numbers = spread(wanted, this.#most);
    this.#moving = true;
    for (const card of this.#cards) {
      const number = order.includes(card) ? String(numbers[order.indexOf(card)]) : "";
      if (selectOf(card).value === number) continue;
      selectOf(card).value = number;
      changed(selectOf(card));
    }
    this.#moving = false;
    const held = moved.contains(document.activeElement) && document.activeElement;
    this.#show();
    if (held) (held.hidden ? selectOf(moved) : held).focus({ preventScroll: true });
    const values = { card: textOf(moved), place: selectOf(moved).value };
    this.status.value = worded(values.place ? this.dataset.moved : this.dataset.returned, values);
  }

  #show() {
    const order = this.#inOrder();
    arrange(this.ranked, order);
    arrange(this.pile, this.#cards.filter((card) => !numberOf(card)));
    const next = this.#firstFree();
    const isFull = next > this.#most;
    for (const card of this.#cards) {
      const isOpen = !numberOf(card);
      card.classList.toggle("ocard--open", isOpen);
      for (const button of card.querySelectorAll("[data-move]")) {
        const step = Number(button.dataset.move);
        button.hidden = isOpen === Boolean(step) || (isOpen && isFull);
        if (step) button.ariaDisabled = String(!order[order.indexOf(card) + step]);
        else button.textContent = worded(this.dataset.next, { number: next });
      }
    }
    this.querySelector("[data-count]").textContent = order.length;
  }

  #inOrder() {
    return this.#cards.filter(numberOf).sort((one, other) => numberOf(one) - numberOf(other));
  }

  /** The lowest number nobody has; one more than there are where all are given. */
  #firstFree() {
    const taken = new Set(this.#cards.map(numberOf));
    let number = 1;
    while (taken.has(number)) number += 1;
    return number;
  }

  get #most() {
    return Number(this.dataset.most);
  }
}

const selectOf = (card) => card.querySelector("select");
const numberOf = (card) => Number(selectOf(card).value);

/** Rising numbers from 1 to `most`, each where it was wanted if nobody is in the way. */
function spread(numbers, most) {
  const rising = [];
  for (const number of numbers) rising.push(Math.max(number, (rising.at(-1) ?? 0) + 1));
  return rising.map((number, index) => Math.min(number, most - (rising.length - 1 - index)));
}

/** Let a list hold these cards in this order, and leave alone those that stand right. */
function arrange(list, cards) {
  cards.forEach((card, index) => {
    const there = list.children[index] ?? null;
    if (there !== card) keepingFocus(card, () => list.insertBefore(card, there));
  });
}

customElements.define("order-board", OrderBoard);
