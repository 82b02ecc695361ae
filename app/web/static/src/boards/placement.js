/**
 * <placement-board>: puts cards into places by dragging, or from wherever a card is with Alt+↑ and Alt+↓.
 *
 * What documents/blocks.html draws inside it works without this script: a radio button for every place. They stay
 * the only record of where a card lies. Where the board is wide each place becomes a column to drag cards into; on a
 * phone the cards keep their order.
 */
import { Board, changed, element } from "./board.js";

const STEPS = { ArrowUp: -1, ArrowDown: 1 };
const COLUMN = 150; // px, the narrowest column a card's text is still pleasant to read in

class PlacementBoard extends Board {
  build() {
    this.places = [...this.querySelectorAll("[data-place]")];
    this.columns = element("div", "board__columns");
    this.columns.hidden = true;
    this.columns.append(...this.places.map((place, index) => this.#makeColumn(place, index)));
    this.pile.after(this.columns);
  }

  /** A column says what its step of the ladder says. */
  #makeColumn(place, index) {
    const column = element("section", "board__place");
    const head = element("div", "board__head");
    const mark = element("span", "board__mark");
    const list = element("div", "board__list");
    mark.textContent = markOf(this.cards[0], index);
    mark.ariaHidden = "true";
    head.append(mark, place.querySelector(".ladder__place").cloneNode(true));
    list.dataset.list = place.dataset.place;
    list.dataset.empty = this.dataset.empty;
    column.append(head, list);
    return column;
  }

  get roomNeeded() {
    return this.places.length * COLUMN;
  }

  arrange(wide) {
    this.columns.hidden = !wide;
  }

  /** The seals on the ladder, and how many cards are placed. */
  show() {
    for (const card of this.cards) {
      card.classList.toggle("pcard--open", !this.valueOf(card));
      sealOf(card).classList.toggle("seal--open", !this.valueOf(card));
    }
    for (const place of this.places) {
      const seals = this.cards.filter((card) => this.valueOf(card) === place.dataset.place).map(sealOf);
      place.querySelector("[data-held]").replaceChildren(...seals.map((seal) => seal.cloneNode(true)));
      place.querySelector("[data-held-label]").hidden = !seals.length;
    }
    this.querySelector("[data-count]").textContent = this.cards.filter((card) => this.valueOf(card)).length;
  }

  valueOf(card) {
    return chosenOf(card)?.value ?? "";
  }

  write(card, value) {
    const radios = [...card.querySelectorAll("input[type=radio]")];
    for (const radio of radios) radio.checked = radio.value === value;
    // Taken out of all places: every radio button of the card says so.
    changed(chosenOf(card) ?? radios[0]);
  }

  nameOf(value) {
    return this.places.find((place) => place.dataset.place === value).querySelector("b").textContent;
  }

  step(value, key) {
    if (!(key in STEPS)) return undefined;
    const ids = this.places.map((place) => place.dataset.place);
    const now = ids.indexOf(value);
    const next = now < 0 && STEPS[key] < 0 ? ids.length - 1 : now + STEPS[key];
    return ids.at(next % ids.length);
  }
}

const chosenOf = (card) => card.querySelector("input[type=radio]:checked");
const sealOf = (card) => card.querySelector(".seal");
const markOf = (card, index) => card.querySelectorAll(".pick__mark")[index].textContent;

customElements.define("placement-board", PlacementBoard);
