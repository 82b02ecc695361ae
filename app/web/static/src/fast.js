/** The fast desk with a keyboard: a digit chooses, Enter saves, and the next answer is there without loading the page.
 *
 * The next answer is taken and fetched while this one is read. Keys that come while something is saved wait their
 * turn; nothing is shown as saved before the server has said so. Single keys never act while somebody types.
 */

const SWITCH = "coursewright.single-keys";
const TIMEOUT = 20_000; // milliseconds: hotels
const STILL_HERE = 240_000;

const root = document.querySelector("[data-fast]");
const told = document.querySelector("[data-told]");
const keys = document.querySelector("[data-keys]");
const pick = document.querySelector("[data-pick]");

let card = document.querySelector("[data-card]");
let ahead = []; // answers that are ours and wait to be shown
const shownBefore = [];
const saved = []; // markings that can be taken back, the newest last
let isBusy = false;
let waiting = []; // keys pressed meanwhile
let preparing = Promise.resolve(); // the next answer, on its way
let isChanged = false; // something stands in the form that was not saved

// Talking with the server: pages come as documents, since no script of ours makes HTML out of text

function ask(url, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "document";
    request.timeout = TIMEOUT;
    request.onload = () => resolve({ status: request.status, page: request.response });
    request.onerror = request.ontimeout = () => reject(new TypeError("no answer"));
    request.send(body);
  });
}

function asked(form, extra = {}) {
  const body = new URLSearchParams(form ? new FormData(form) : [["csrf_token", root.dataset.token]]);
  for (const [name, value] of Object.entries(extra)) body.append(name, value);
  body.append("part", "1");
  return body;
}

const idOf = (each) => each.dataset.answer;
const alikeOf = (each) => [...each.querySelectorAll("form[data-marks] input[name=alike]")].map((input) => input.value);

function holding(body, cards) {
  for (const each of cards) if (idOf(each)) body.append("holding", idOf(each));
  return body;
}

// One thing after the other

async function during(work) {
  isBusy = true;
  await preparing;
  document.querySelector(".fast").setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    waiting = [];
    if (!(error instanceof TypeError)) throw error;
    tell(root.dataset.lost);
  } finally {
    isBusy = false;
    document.querySelector(".fast").removeAttribute("aria-busy");
  }
  if (waiting.length) act(waiting.shift());
}

function tell(text) {
  const line = document.createElement("p");
  line.className = "note note--warn";
  line.textContent = text;
  told.replaceChildren(line);
}

function show(next, { keepsFocus = false } = {}) {
  card.replaceWith(next);
  card = next;
  isChanged = false;
  document.title = `${card.dataset.title} · Coursewright`;
  for (const row of document.querySelectorAll("[data-row] button")) row.removeAttribute("aria-current");
  rowOf(idOf(card))?.querySelector("button").setAttribute("aria-current", "true");
  if (!keepsFocus) {
    card.querySelector("#who")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  addUp();
}

function rowOf(id) {
  return [...document.querySelectorAll("[data-row]")].find((row) => row.dataset.row.split(" ").includes(id));
}

/** What a page brought: the answer to show, and what it says of the line. Throws where it is not one of ours. */
function partOf({ page }) {
  const part = page?.querySelector("[data-part]");
  if (!part) throw new TypeError("another page");
  const { done, waiting: left } = part.dataset;
  count(Number(done), Number(left));
  return { card: document.adoptNode(part.querySelector("[data-card]")), part };
}

function count(done, left) {
  const line = document.querySelector("[data-count]");
  const words = { done, total: done + left, waiting: left };
  line.textContent = line.dataset.words.replace(/\{(\w+)\}/g, (_, name) => words[name]);
  document.querySelector(".desk__count rect").setAttribute("width", done);
}

/** Take one answer more while this one is read; where that fails, saving this one brings the next. */
function prepare() {
  if (idOf(card) && !ahead.length) preparing = takeAhead().catch(() => undefined);
}

async function takeAhead() {
  const body = asked(null, { after: idOf(card) });
  const { card: next } = partOf(await ask(root.dataset.next, holding(body, [card])));
  if (idOf(next)) ahead.push(next);
}

// Saving

const marks = () => card.querySelector("form[data-marks]");
const criteria = () => [...(marks()?.querySelectorAll("fieldset.rubric") ?? [])];

function save() {
  const form = marks();
  if (!form) return;
  const missing = criteria().find((each) => !each.querySelector("input:checked"));
  if (missing) {
    waiting = [];
    tell(root.dataset.missing);
    missing.querySelector("input")?.focus();
    return;
  }
  during(async () => {
    const body = holding(asked(form, { then: "next" }), ahead);
    const answer = await ask(form.action, body);
    const { card: next, part } = partOf(answer);
    if (answer.status !== 200) {
      waiting = [];
      show(next);
      return;
    }
    shownBefore.push(idOf(card));
    saved.push(part.dataset.saved);
    told.replaceChildren(...document.adoptNode(part.querySelector("[data-told]")).childNodes);
    rowSaved(idOf(card));
    goOn(next);
  });
}

/** Show what was ready, and keep what has just come for later. */
function goOn(next) {
  const ready = ahead.shift();
  show(ready ?? next);
  if (ready && idOf(next)) ahead.push(next);
  else if (!ready) prepare();
}

function rowSaved(id) {
  const state = rowOf(id)?.querySelector("[data-state]");
  if (!state) return;
  const points = document.createElement("span");
  points.className = "num quiet";
  points.textContent = "✓";
  state.replaceChildren(points);
}

function skip() {
  const form = card.querySelector("form[data-skip]");
  if (!form) return;
  during(async () => {
    const body = holding(asked(form), ahead);
    shownBefore.push(idOf(card));
    goOn(partOf(await ask(form.action, body)).card);
  });
}

function goTo(id) {
  during(async () => {
    const leaving = idOf(card) ? [card] : [];
    const body = holding(asked(null, { answer: id }), [...leaving, ...ahead]);
    const { card: next } = partOf(await ask(root.dataset.next, body));
    ahead = ahead.filter((each) => idOf(each) !== id);
    if (leaving.length && marks() && !rowOf(idOf(card))?.querySelector("[data-state] .icon")) ahead.unshift(...leaving);
    show(next);
  });
}

function goBack() {
  const id = shownBefore.pop();
  if (id) goTo(id);
}

function undo() {
  const marking = saved.at(-1) ?? told.querySelector("input[name=marking]")?.value;
  if (!marking) {
    tell(root.dataset.none);
    return;
  }
  during(async () => {
    const leaving = idOf(card) ? [card] : [];
    const body = holding(asked(null, { marking }), [...leaving, ...ahead]);
    const answer = await ask(root.dataset.undo, body);
    const { card: next } = partOf(answer);
    saved.pop();
    ahead = ahead.filter((each) => idOf(each) !== idOf(next));
    if (leaving.length && idOf(card) !== idOf(next)) ahead.unshift(...leaving);
    told.replaceChildren();
    if (answer.status === 200) rowOf(idOf(next))?.querySelector("[data-state]").replaceChildren("…");
    show(next);
  });
}

/** Come upon an answer by its address, or loaded again: take it, unless somebody else has it by now. */
function takeLoose() {
  during(async () => {
    const { card: found } = partOf(await ask(root.dataset.next, asked(card.querySelector("form[data-loose]"))));
    if (found.querySelector("form[data-marks]") && !found.querySelector(".note--warn")) {
      card.querySelector("form[data-loose]").remove(); // what is chosen meanwhile stays
      prepare();
    } else show(found, { keepsFocus: true });
  });
}

// The sum, the phrases

const inWords = (points) => String(Math.round(points * 100) / 100);

function addUp() {
  const total = marks()?.querySelector("[data-total]");
  if (!total) return;
  const chosen = criteria().map((each) => each.querySelector("input:checked"));
  const given = chosen.reduce((sum, level) => sum + Number(level?.dataset.points ?? 0), Number(marks().dataset.keyed));
  total.textContent = chosen.includes(null) ? "–" : inWords(given);
}

const isKept = (text) => [...card.querySelectorAll("[data-text]")].some((each) => each.textContent === text);

function putPhrase(box) {
  const comment = marks()?.querySelector("textarea[name=comment]");
  const text = box?.closest(".tick-row").querySelector("[data-text]").textContent;
  if (!comment || !text) return;
  box.checked = false;
  if (!comment.value.includes(text)) comment.value = comment.value ? `${comment.value}\n${text}` : text;
  isChanged = true;
}

/** Show the phrases of another card; its forms lead back to this one. */
function takePhrases(each, other) {
  const bank = each.querySelector("[data-bank]");
  if (!bank) return;
  const fresh = other.querySelector("[data-bank]").cloneNode(true);
  for (const name of ["next", "answer"]) {
    const { value } = bank.querySelector(`input[name=${name}]`);
    for (const input of fresh.querySelectorAll(`input[name=${name}]`)) input.value = value;
  }
  bank.replaceWith(fresh);
  each.querySelector("[data-phrases]").replaceWith(other.querySelector("[data-phrases]").cloneNode(true));
}

/** Keep, change or remove a phrase; what is chosen and typed for this answer stays as it is. */
function keepPhrase(form, button) {
  during(async () => {
    const body = asked(form, button?.name ? { [button.name]: button.value } : {});
    const back = new URL(body.get("next"), location.href);
    back.searchParams.set("part", "1");
    body.set("next", back.pathname + back.search);
    const { card: found } = partOf(await ask(form.action, body));
    const refused = found.querySelector("[data-refused] p");
    if (refused) {
      tell(refused.textContent);
      return;
    }
    told.replaceChildren();
    for (const each of ahead) takePhrases(each, found); // they came before it
    takePhrases(card, found);
    const bank = card.querySelector("[data-bank]");
    bank.open = true;
    bank.querySelector("[data-new-phrase]").focus();
  });
}

// The keys

let acting = true;
try {
  acting = localStorage.getItem(SWITCH) !== "off";
} catch {
  // Storage is refused: the switch then holds for this page only.
}

function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["radio", "checkbox", "submit", "button"].includes(target.type);
}

function choose(number) {
  const all = criteria();
  const here = document.activeElement?.closest("fieldset.rubric");
  const criterion = here ?? all.find((each) => !each.querySelector("input:checked")) ?? all[0];
  const level = criterion?.querySelectorAll("input[type=radio]")[number - 1];
  if (!level) return;
  level.focus();
  level.click();
  const next = all[all.indexOf(criterion) + 1];
  (next?.querySelector("input:checked") ?? next?.querySelector("input[type=radio]"))?.focus();
}

/** What a key does; false where it is none of ours. */
function act(key) {
  if (isBusy) {
    waiting.push(key);
    return;
  }
  if (/^[1-9]$/.test(key)) choose(Number(key));
  else if (/^phrase [1-9]$/.test(key)) putPhrase(card.querySelectorAll("input[name=phrase]")[Number(key.at(-1)) - 1]);
  else if (key === "save") save();
  else if (key === "j") skip();
  else if (key === "k") goBack();
  else if (key === "u") undo();
  else if (key === "c") marks()?.querySelector("textarea")?.focus();
  else if (key === "?") {
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  }
  if (!isBusy && waiting.length) act(waiting.shift());
}

/** Which of our keys was pressed; undefined for all others. */
function ours(event) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const elsewhere = isTyping(event.target) && event.target.form !== marks();
    return elsewhere || event.repeat ? undefined : "save";
  }
  if (!acting || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (isTyping(event.target)) return undefined;
  if (event.shiftKey && digit) return `phrase ${digit}`;
  if (event.key === "Enter") {
    const own = event.target.closest?.("a, button, summary, input[type=checkbox]");
    return own || event.repeat ? undefined : "save";
  }
  const key = event.key.toLowerCase();
  return digit ?? (["j", "k", "u", "c", "?"].includes(key) && !event.repeat ? key : undefined);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches?.("textarea[name=comment], [data-bank] input")) {
    card.querySelector("#who").focus({ preventScroll: true });
    return;
  }
  const key = ours(event);
  if (!key) return;
  event.preventDefault();
  act(key);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const key = ["save", "j", "u"].find((_, n) => form.matches(["[data-marks]", "[data-skip]", "[data-undo]"][n]));
  if (key) act(key);
  else if (form === pick && event.submitter) isBusy || goTo(event.submitter.value);
  else if (form.matches("[data-loose]")) isBusy || takeLoose();
  else if (form.matches("[data-phrase-form]")) isBusy || keepPhrase(form, event.submitter);
  else {
    isComingBack = form.method === "post"; // to this page: what we are at stays ours
    return;
  }
  event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("input[name=phrase]") && event.target.checked) putPhrase(event.target);
  if (event.target.form === marks()) addUp();
});
document.addEventListener(
  "toggle",
  (event) => {
    const phrase = event.target.matches?.("[data-bank]") && event.target.querySelector("[data-new-phrase]");
    const comment = marks()?.querySelector("textarea[name=comment]")?.value.trim();
    if (event.target.open && phrase && !phrase.value && comment && !isKept(comment)) phrase.value = comment.slice(0, 500);
  },
  true,
);
document.addEventListener("input", (event) => {
  if (event.target.form === marks()) isChanged = true;
});

// Leaving and staying

let isComingBack = false;

function stay(leave) {
  const body = new URLSearchParams([["csrf_token", root.dataset.token], ...leave.map((id) => ["leave", id])]);
  return navigator.sendBeacon(root.dataset.stay, body);
}

addEventListener("beforeunload", (event) => {
  if (isChanged) event.preventDefault();
});
addEventListener("pagehide", () => {
  const ids = [card, ...ahead].filter(idOf).flatMap((each) => [idOf(each), ...alikeOf(each)]);
  if (ids.length && !isComingBack) stay(ids);
});
setInterval(() => {
  if (document.visibilityState === "visible" && idOf(card)) stay([]);
}, STILL_HERE);

const toggle = document.getElementById("single-keys");
keys.querySelector("[data-keys-switch]").hidden = false;
keys.querySelector("[data-no-script]").hidden = true;
toggle.checked = acting;
toggle.addEventListener("change", () => {
  acting = toggle.checked;
  try {
    localStorage.setItem(SWITCH, acting ? "on" : "off");
  } catch {
    // It holds for this page only.
  }
});

addUp();
if (card.querySelector("form[data-loose]")) takeLoose();
else if (marks()) prepare();
