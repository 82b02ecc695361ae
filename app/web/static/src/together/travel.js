/** How a page asks about the others and says that it is there; neither ever throws. */
import { fetchInTime } from "../saving/send.js";

const PATIENCE = 8_000; // ms

/** { status, told }: what the server answered; told is null where it answered something else, or nothing. */
export async function ask(url, content, token, milliseconds = PATIENCE) {
  const headers = { Accept: "application/json" };
  const sent = content && { method: "POST", body: JSON.stringify(content) };
  if (sent) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
  try {
    const answer = await fetchInTime(url, { ...sent, headers, cache: "no-store", redirect: "error" }, milliseconds);
    return { status: answer.status, told: answer.ok ? await answer.json() : null };
  } catch {
    return { status: 0, told: null };
  }
}

/** Say something that nobody waits for, also from a page that goes. */
export function tell(url, content, token) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  fetch(url, { method: "POST", headers, body: JSON.stringify(content), keepalive: true }).catch(() => {});
}
