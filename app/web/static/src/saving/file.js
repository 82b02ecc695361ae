/**
 * Answers as a file, the last resort: made from what a page or a device has, and read again with every doubt.
 *
 * A file: { format, version, exercise: "course/exercise", title, attempt, person: { number, name }, made_at,
 * fields: name → text as it stood there, unsent: name → text that the server had not acknowledged }.
 */
const FORMAT = "coursewright-answers";
const VERSION = 1;
const LARGEST = 4_000_000; // bytes; a sheet takes a twentieth of it
const LONGEST_FIELD = 20_000; // characters as the server counts them: an emoji is one
const KEPT_FOR = 60_000; // ms that a browser may take to begin a download
const SHOWN = 80; // characters of a name that is not ours
const CANNOT_BE_KEPT = /[^\P{Cc}\n\t]|\p{Cs}/gu;

/** { name, text } of the file. `person`: { number, name }. */
export function fileOf({ exercise = "", title, attempt, person, fields, unsent }) {
  const made = new Date().toISOString();
  const content = { format: FORMAT, version: VERSION, exercise, title, attempt, person, made_at: made, fields, unsent };
  const parts = [exercise.replace("/", "-") || `attempt-${attempt}`, person.number];
  const name = parts.map((part) => part.replace(/[^\p{L}\p{N}._-]+/gu, "_")).join("-");
  return { name: `${name}.answers.json`, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** The file of a record that a dead page has left: of it, the device has only what was not acknowledged. */
export function fileOfRecord({ exercise, title, attempt, fields, flight, choices }, person) {
  const chosen = Object.fromEntries(choices.map(({ name, text }) => [name, text]));
  const unsent = { ...flight?.fields, ...chosen, ...fields };
  return fileOf({ exercise, title, attempt, person, fields: unsent, unsent });
}

/** Save a file on the device; where the browser cannot, show its text in a dialog, to be copied. */
export function offer({ name, text }, dialog) {
  if (!canDownload()) return show(name, text, dialog);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_FOR);
}

/** Browsers inside chat apps say that they can, and do nothing. */
function canDownload() {
  return "download" in HTMLAnchorElement.prototype && !/MicroMessenger|DingTalk|Lark\//i.test(navigator.userAgent);
}

function show(name, text, dialog) {
  const area = dialog.querySelector("textarea");
  dialog.querySelector("[data-name]").textContent = name;
  area.value = text;
  dialog.showModal();
  area.select();
}

/**
 * What a file says, to be taken in: { fields }, or { problem, … } where it is not for this sheet.
 *
 * `wanted`: { exercise, number, names, accepts(name, text) }. Problems: large, broken, foreign, newer, exercise, person,
 * unknown (`list`), long (`list`), text (`list`: fields that cannot hold what it says), empty.
 */
export async function readFile(file, wanted) {
  if (file.size > LARGEST) return { problem: "large" };
  const content = parsed(await file.arrayBuffer());
  if (content === undefined) return { problem: "broken" };
  if (!isPlain(content) || content.format !== FORMAT || !isPlain(content.fields)) return { problem: "foreign" };
  if (content.version !== VERSION) return { problem: "newer" };
  if (!isPlain(content.person) || typeof content.person.number !== "string") return { problem: "foreign" };
  if (content.exercise && content.exercise !== wanted.exercise)
    return { problem: "exercise", list: [String(content.title)] };
  if (content.person.number !== wanted.number) return { problem: "person", list: [String(content.person.name)] };
  return checked(Object.entries(content.fields), wanted);
}

function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function checked(entries, { names, accepts }) {
  const named = (wrong) => wrong.map(([name]) => name.slice(0, SHOWN));
  if (!entries.length) return { problem: "empty" };
  if (entries.some(([, text]) => typeof text !== "string")) return { problem: "foreign" };
  const unknown = entries.filter(([name]) => !names.includes(name));
  if (unknown.length) return { problem: "unknown", list: named(unknown) };
  const long = entries.filter(([, text]) => [...text].length > LONGEST_FIELD);
  if (long.length) return { problem: "long", list: named(long) };
  const clean = entries.map(([name, text]) => [name, text.replace(/\r\n?/g, "\n").replace(CANNOT_BE_KEPT, "")]);
  const odd = clean.filter(([name, text]) => !accepts(name, text));
  return odd.length ? { problem: "text", list: named(odd) } : { fields: Object.fromEntries(clean) };
}
