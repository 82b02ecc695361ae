/**
 * <groups-at-work>: the trainer's page of groups, kept up to date while it lies open.
 *
 * It asks every few seconds while somebody looks, and writes what moved into place. Where a group began, handed in or
 * went on, its buttons are others: then the page is loaded anew, unless the trainer is writing a word to a group.
 */

const EVERY = 4_000;

class GroupsAtWork extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => document.hidden || this.#ask(), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || this.#ask());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async #ask() {
    try {
      const answer = await fetch(this.dataset.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) this.#show((await answer.json()).groups);
    } catch {
      // no network: it is asked again
    }
  }

  #show(groups) {
    const shown = new Map([...this.querySelectorAll("[data-group]")].map((party) => [party.dataset.group, party]));
    let isOther = shown.size !== groups.length;
    for (const told of groups) {
      const party = shown.get(String(told.group));
      if (!party) return void this.#reload();
      const { attempt, stage } = party.dataset;
      if (attempt !== String(told.attempt ?? "") || stage !== (told.stage ?? "")) isOther = true;
      party.querySelector("[data-chip]").classList.toggle("chip--due", told.over);
      for (const place of party.querySelectorAll("[data-text]")) {
        const text = told.texts[place.dataset.text];
        if (place.textContent !== text) place.textContent = text;
      }
    }
    if (isOther) this.#reload();
  }

  #reload() {
    const isWriting = [...this.querySelectorAll("textarea")].some(({ value }) => value.trim());
    if (!isWriting && !this.contains(document.activeElement)) location.reload();
  }
}

customElements.define("groups-at-work", GroupsAtWork);
