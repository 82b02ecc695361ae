/** The words and the sign that say what is kept: in the bar above the sheet, and in the one below it. */

const BAD = ["signedOut", "stopped", "refused", "cannotKeep"]; // they look like a failure
const ICONS = {
  none: "cloud-upload",
  saved: "cloud-check",
  saving: "cloud-upload",
  offline: "cloud-off",
  conflict: "git-compare",
  waiting: "clock",
};
const USUAL = ["none", "saved", "saving"];

/** Screen readers are told of trouble and of its end, not of every save. */
export function say(sign, reason, sentence) {
  const state = BAD.includes(reason) ? "failed" : reason;
  const words = sign.querySelector("[data-words]");
  if (sign.dataset.state === state && words.textContent === sentence) return;
  const isUsual = USUAL.includes(state) && USUAL.includes(sign.dataset.state);
  sign.setAttribute("aria-live", isUsual ? "off" : "polite");
  sign.dataset.state = state;
  words.textContent = sentence;
  const use = sign.querySelector("use");
  use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#i-${ICONS[state] ?? "circle-alert"}`);
}

/** Show a note with a sentence, or hide it. Told again, it would be read again. */
export function note(place, sentence) {
  const said = place.querySelector("[data-sentence]");
  place.hidden = !sentence;
  if (sentence && said.textContent !== sentence) said.textContent = sentence;
}
