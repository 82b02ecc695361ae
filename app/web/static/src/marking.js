/** The marking page with a keyboard: the sum as it grows, keys that choose and go on, and a word before work is lost.
 *
 * Single keys never act while somebody types, and can be switched off.
 */

const SWITCH = "coursewright.single-keys";
const form = document.querySelector("form[data-marks]");
const keys = document.querySelector("[data-keys]");

function singleKeysAct() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true; // storage is refused: the switch then holds for this page only
  }
}
let acting = singleKeysAct();

// The sum

const shown = (points) => String(Math.round(points * 100) / 100);

function addUp() {
  const total = form?.querySelector("[data-total]");
  if (!total) return;
  const criteria = [...form.querySelectorAll("fieldset.rubric")];
  const chosen = criteria.map((criterion) => criterion.querySelector("input:checked"));
  const given = chosen.reduce((sum, level) => sum + Number(level?.dataset.points ?? 0), Number(form.dataset.keyed));
  total.textContent = chosen.includes(null) ? "–" : shown(given);
}
form?.addEventListener("change", addUp);
addUp();

// What was chosen or typed and not saved yet

const changed = new Set();
for (const each of document.querySelectorAll(".desk__rubric form")) {
  each.addEventListener("input", () => changed.add(each));
  each.addEventListener("submit", () => changed.delete(each));
}
addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});

// The keys

function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["radio", "checkbox", "submit", "button"].includes(target.type);
}

/** The criterion that somebody is at; else the first that nobody has chosen a level for. */
function criterionAtHand() {
  const here = document.activeElement?.closest("fieldset.rubric");
  const all = [...(form?.querySelectorAll("fieldset.rubric") ?? [])];
  return here ?? all.find((each) => !each.querySelector("input:checked")) ?? all[0];
}

/** Choose a level, and be at the next criterion: the digits mark one after the other. */
function choose(number) {
  const criterion = criterionAtHand();
  const level = criterion?.querySelectorAll("input[type=radio]")[number - 1];
  if (!level) return false;
  level.focus();
  level.click();
  const all = [...form.querySelectorAll("fieldset.rubric")];
  const next = all[all.indexOf(criterion) + 1];
  (next?.querySelector("input:checked") ?? next?.querySelector("input[type=radio]"))?.focus();
  return true;
}

function go(rel) {
  const link = document.querySelector(`.desk__head a[rel=${rel}]`);
  link?.click();
  return Boolean(link);
}

function listKeys() {
  keys.open = !keys.open;
  if (keys.open) keys.querySelector("summary").focus();
  return true;
}

function act(key) {
  if (key === "j") return go("next");
  if (key === "k") return go("prev");
  if (key === "?") return Boolean(keys) && listKeys();
  return /^[1-9]$/.test(key) && choose(Number(key));
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const next = form?.querySelector("button[value=next]");
    if (!next || event.repeat || isElsewhere(event.target)) return;
    event.preventDefault();
    form.requestSubmit(next);
    return;
  }
  if (!acting || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (act(event.key.toLowerCase())) event.preventDefault();
});

/** Whether somebody types into another form, such as a reason: that text would be lost. */
function isElsewhere(target) {
  return isTyping(target) && target.form !== form;
}

const toggle = document.getElementById("single-keys");
if (toggle) {
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
}
