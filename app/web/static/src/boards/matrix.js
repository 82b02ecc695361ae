/**
 * <matrix-board>: puts cards into the cells of a table by dragging, or from wherever a card is with Alt and an arrow.
 *
 * What documents/blocks.html draws inside it works without this script: a select for every card, which stays the only
 * record of its cell. Where the board is wide the cells become lists to drag cards into; elsewhere they show numbers.
 */
import { Board, changed, element } from "./board.js";

const NARROWEST = 720; // px
const COLUMN = 190; // px, the narrowest column a card is still pleasant to read in
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

class MatrixBoard extends Board {
  build() {
    this.table = this.querySelector("[data-matrix]");
    this.keys = this.querySelector("[data-keys]");
    this.cells = [...this.querySelectorAll("[data-cell]")];
    for (const cell of this.cells) {
      const list = element("div", "board__list");
      list.dataset.list = cell.dataset.cell;
      list.dataset.empty = this.dataset.empty;
      list.hidden = true;
      cell.append(list);
    }
  }

  get roomNeeded() {
    return Math.max(NARROWEST, this.table.querySelectorAll("thead th").length * COLUMN);
  }

  /** Wide, the cards to place stand above the table; elsewhere the table comes first and says what there is. */
  arrange(wide) {
    for (const list of this.lists().slice(1)) list.hidden = !wide;
    this.keys.hidden = !wide;
    if (wide) this.table.before(this.pile);
    else this.table.after(this.pile);
  }

  show() {
    for (const cell of this.cells) {
      const held = this.cards.filter((card) => this.valueOf(card) === cell.dataset.cell);
      const seals = held.map((card) => card.querySelector(".seal").cloneNode(true));
      for (const seal of seals) seal.classList.remove("seal--open");
      cell.querySelector("[data-held]").replaceChildren(...seals);
      cell.querySelector("[data-held-label]").hidden = !seals.length;
    }
    for (const card of this.cards) {
      card.classList.toggle("mcard--open", !this.valueOf(card));
      card.querySelector(".seal").classList.toggle("seal--open", !this.valueOf(card));
    }
    this.querySelector("[data-count]").textContent = this.cards.filter((card) => this.valueOf(card)).length;
  }

  valueOf(card) {
    return selectOf(card).value;
  }

  write(card, value) {
    selectOf(card).value = value;
    changed(selectOf(card));
  }

  nameOf(value) {
    const options = [...selectOf(this.cards[0]).options];
    return options.find((option) => option.value === value)?.textContent ?? "";
  }

  /** From the pile any arrow leads to the first cell. */
  step(value, key) {
    if (!(key in STEPS)) return undefined;
    const names = this.cells.map((cell) => cell.dataset.cell);
    const width = names.length / this.table.tBodies[0].rows.length;
    const now = names.indexOf(value);
    if (now < 0) return names[0];
    const row = Math.floor(now / width) + STEPS[key][0];
    const column = (now % width) + STEPS[key][1];
    return column < 0 || column >= width ? value : (names[row * width + column] ?? value);
  }
}

const selectOf = (card) => card.querySelector("select");

customElements.define("matrix-board", MatrixBoard);
