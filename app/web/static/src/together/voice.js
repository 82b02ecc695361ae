/** What screen readers hear of the others: a gathered sentence now and then, not each key. */

const GATHERS = 8_000; // ms

export class Voice {
  #place;
  #words;
  #wrote = new Map(); // who → the fields' labels
  #moved = new Map(); // who → whether they are there
  #timer = 0;

  constructor(place, words) {
    this.#place = place;
    this.#words = words;
  }

  wrote(name, label) {
    this.#wrote.set(name, (this.#wrote.get(name) ?? new Set()).add(label));
    this.#soon();
  }

  moved(name, isHere) {
    this.#moved.set(name, isHere);
    this.#soon();
  }

  #soon() {
    this.#timer ||= setTimeout(() => this.#say(), GATHERS);
  }

  #say() {
    this.#timer = 0;
    const { wroteOne, wroteMany, came, left } = this.#words;
    const moved = [...this.#moved].map(([name, isHere]) => (isHere ? came : left).replace("{name}", name));
    const wrote = [...this.#wrote].map(([name, labels]) => {
      const sentence = labels.size === 1 ? wroteOne.replace("{field}", [...labels][0]) : wroteMany;
      return sentence.replace("{name}", name).replace("{count}", labels.size);
    });
    this.#moved.clear();
    this.#wrote.clear();
    this.#place.textContent = [...moved, ...wrote].join(" ");
  }
}
