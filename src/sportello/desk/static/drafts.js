// What is typed and not sent: at once in this browser tab, after a pause on the server, and in the agent's other tabs.
import { send } from "../web/requests.js";

const PAUSE = 2000;
const timers = new Map();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("sportello.drafts") : null;
const key = (conversation) => `sportello.draft.${conversation}`;

export function stored(conversation) {
  try {
    return sessionStorage.getItem(key(conversation));
  } catch {
    return null;
  }
}

export function keepDraft(conversation, text, pause = PAUSE) {
  try {
    sessionStorage.setItem(key(conversation), text);
  } catch {
    // The server keeps it all the same.
  }
  channel?.postMessage({ conversation, text });
  clearTimeout(timers.get(conversation));
  timers.set(conversation, setTimeout(() => save(conversation, text), pause));
}

async function save(conversation, text) {
  try {
    await send("PUT", `/desk/sessions/${conversation}/draft`, { text });
  } catch {
    timers.set(conversation, setTimeout(() => save(conversation, text), 5 * PAUSE));
  }
}

export function onDraft(conversation, take) {
  const listener = (event) => event.data.conversation === conversation && take(event.data.text);
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
