/** How saves travel: what the server's answers mean, when to try again, and a record sent without its page. */

const NO_ANSWER = 15_000; // ms
const LONGEST_WAIT = 30_000; // ms between two tries
const OUTLIVES_PAGE = 60_000; // bytes: what browsers send after a page is gone
const AT_ONCE = 100_000; // characters in one save; the server takes twice as many

/** A name for a page that saves: the server tells pages apart by it, and counts what each of them sends. */
export function newClient() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** ms until the next try: longer with each failure, and not the same for everybody in the room. */
export function backOff(failures, seconds = 0) {
  const wait = Math.min(LONGEST_WAIT, 1_000 * 2 ** (Math.max(failures, 1) - 1));
  return Math.max(wait, seconds * 1_000) * (1 + Math.random() * 0.3);
}

/** Ask the server to keep a save. */
export function sendSave(url, save, token) {
  return ask("PATCH", url, save, token, ({ base }) => Number.isInteger(base));
}

/** Ask the server to hand in what it has. */
export function sendHandIn(url, token) {
  return ask("POST", `${url}/hand-in`, {}, token, (told) => Boolean(told.handed_in_at));
}

/**
 * { verdict, told, seconds } of a request; it never throws. Verdicts:
 *   done       it is kept (told.conflicts: and where it stands apart), or handed in
 *   signedOut  nobody is signed in; forbidden: the token is old, or it is not allowed
 *   gone       the attempt is not there, or is somebody else's
 *   refused    fields that cannot be kept, told.errors; stopped: nothing more will be, told.detail says why
 *   later      no network, or a server that is busy, full, restarting or mistaken; it asks for so many seconds
 */
async function ask(method, url, content, token, isDone) {
  const body = JSON.stringify(content);
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  const keepalive = new Blob([body]).size < OUTLIVES_PAGE;
  try {
    const answer = await fetchInTime(url, { method, headers, body, keepalive, redirect: "error" });
    const told = (await answer.json().catch(() => null)) ?? {};
    const seconds = Number(answer.headers.get("Retry-After")) || 0;
    return { verdict: judge(answer.status, told, isDone), told, seconds };
  } catch {
    return { verdict: "later", told: {}, seconds: 0 };
  }
}

/** A request that gives up on a network that neither answers nor fails. */
export function fetchInTime(url, wanted, milliseconds = NO_ANSWER) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), milliseconds);
  return fetch(url, { ...wanted, signal: patience.signal }).finally(() => clearTimeout(timer));
}

/** { token, person }: what forms carry from now on, and who is signed in, or null. Throws without a clear answer. */
export async function askToken(url, milliseconds) {
  const answer = await fetchInTime(url, { headers: { Accept: "application/json" } }, milliseconds);
  const { csrf_token: token, person_id: person } = await answer.json();
  if (!answer.ok || !token || person === undefined) throw new TypeError("no answer"); // busy, or another's page
  return { token, person };
}

function judge(status, told, isDone) {
  if (status === 200 || status === 409) return isDone(told) ? "done" : "later"; // another's page, as of a hotel's Wi-Fi
  if (status === 401) return "signedOut";
  if (status === 403) return "forbidden";
  if (status === 404) return "gone";
  if (status === 422 && told.errors) return "refused";
  return [400, 413, 422].includes(status) ? "stopped" : "later";
}

/**
 * What comes after a record's flight. `told`: the server's answer to it. What was typed over a text of the flight was
 * typed by whoever knew that one, but for fields where it met somebody else's, which nobody has seen.
 */
export function savesLeft({ base, fields, choices }, flight, told) {
  const sent = flight?.fields ?? {};
  const fresh = Object.keys(fields).filter((name) => fields[name] !== sent[name]);
  const apart = told?.conflicts.map(({ field }) => field) ?? [];
  const goesOn = (name) => name in sent && !apart.includes(name);
  const pick = (names) => Object.fromEntries(names.map((name) => [name, fields[name]]));
  return [
    ...choices.map(({ name, text, base: seen }) => ({ base: seen, fields: { [name]: text } })),
    ...inPieces(pick(fresh.filter(goesOn))).map((piece) => ({ base: told?.base ?? base, fields: piece })),
    ...inPieces(pick(fresh.filter((name) => !goesOn(name)))).map((piece) => ({ base, fields: piece })),
  ];
}

/** Fields in as many saves as the server wants them. */
export function inPieces(fields) {
  const pieces = [];
  let room = -1; // a field that was cleared needs a piece, too
  for (const [name, text] of Object.entries(fields)) {
    if (text.length > room) {
      pieces.push({});
      room = AT_ONCE;
    }
    pieces.at(-1)[name] = text;
    room -= text.length;
  }
  return pieces;
}

/** The token that a request carries, and whether its person is still the one who is signed in. */
export class Token {
  #url;
  #person;

  constructor(value, { url, person }) {
    this.value = value;
    this.#url = url;
    this.#person = Number(person);
  }

  /** Ask for a fresh one; false where nobody, or somebody else, is signed in by now. Throws without an answer. */
  async renew() {
    const { token, person } = await askToken(this.#url);
    this.value = token;
    return person === this.#person;
  }
}

/**
 * Send all of a record that no living page holds; the caller holds it. Before anything travels it is written down, so
 * that whoever comes after a dead page sends just the same. `heard(save, told)` is called for each save that was kept.
 * Without `handsIn` the caller hands in, where that was wanted.
 *
 * Resolves to { state, sentence, seconds, url }. With "sent", "late" (kept after the end, not counted) and "handedIn"
 * the record is gone, and with "conflict" unless it shall be handed in: that waits for a choice. All else is a verdict
 * of `ask` that was in the way, and the record is still there.
 */
export async function sendRecord(record, { store, token, heard = () => {}, handsIn = true }) {
  const left = { ...record, choices: [...record.choices], fields: { ...record.fields } };
  const client = newClient(); // its page may have sent what it could not write down any more
  let seq = 0;
  let last = { state: "sent" };
  let answered = null;
  const send = async (save) => {
    left.flight = save;
    await store.put({ ...left });
    const answer = await asking(token, () => sendSave(left.url, save, token.value));
    if (answer.verdict !== "done") return outcome(answer.verdict, answer);
    acknowledge(left, save);
    heard(save, answer.told);
    answered = answer.told;
    if (answer.told.late) last = outcome("late", answer);
    if (clashes(answer.told)) last = outcome("conflict", answer);
    return null;
  };
  const trouble = record.flight && (await send(record.flight));
  if (trouble) return trouble;
  for (const save of savesLeft(record, record.flight, answered)) {
    const stopped = await send({ client, seq: ++seq, ...save });
    if (stopped) return stopped;
  }
  if (handsIn && left.handIn && (left.handIn.stopped || last.state === "conflict")) {
    await store.put({ ...left, handIn: { ...left.handIn, stopped: true } });
    return { ...last, state: "conflict" };
  }
  if (handsIn && left.handIn) {
    const answer = await asking(token, () => sendHandIn(left.url, token.value));
    if (answer.verdict !== "done") return outcome(answer.verdict, answer);
    last = outcome("handedIn", answer);
  }
  await store.remove(record.client);
  return last;
}

/** Whether a save met somebody else's: both texts are kept, and somebody has to choose. */
export function clashes(told) {
  return Boolean(told.conflicts?.length || told.waiting?.length);
}

/** Take out of a record what a save has brought. */
export function acknowledge(record, save) {
  const isSent = (name, text) => save.fields[name] === text;
  record.flight = null;
  record.choices = record.choices.filter(({ name, text }) => !isSent(name, text));
  for (const [name, text] of Object.entries(record.fields)) if (isSent(name, text)) delete record.fields[name];
}

/** Ask, and once more with a fresh token where the old one does not hold any more. */
async function asking(token, request) {
  const answer = await request();
  if (answer.verdict !== "forbidden" && answer.verdict !== "gone") return answer;
  try {
    if (!(await token.renew())) return { verdict: "signedOut", told: {}, seconds: 0 };
  } catch {
    return { verdict: "later", told: {}, seconds: 0 };
  }
  return answer.verdict === "gone" ? answer : request();
}

function outcome(state, { told, seconds }) {
  return { state, sentence: told.detail ?? "", seconds, url: told.url ?? "" };
}
