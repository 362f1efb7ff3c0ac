// The desk's one line: several parts of the page may follow the same stream; unsent messages outlive a reload.
import { Line } from "../web/line.js";
import { send } from "../web/requests.js";

const staff = document.querySelector("[data-staff]")?.dataset.staff ?? "";
const followers = new Map(); // stream -> Set of handlers
const listeners = new Set();
const WORDS = { live: "good", polling: "poor", connecting: "", offline: "lost", "signed-out": "lost" };

const line = new Line({ as: "staff", language: document.documentElement.lang, keep: `desk.${staff}`, onStatus: told });

function told(status) {
  for (const listener of listeners) listener(WORDS[status] ?? "", status);
  // The line and the page share one session: the dialog that renews one renews both.
  if (status === "signed-out") {
    document.dispatchEvent(new CustomEvent("session:expired", { detail: { again: () => line.connect() } }));
  }
}

export function onStatus(listener) {
  listeners.add(listener);
  listener(WORDS[line.status] ?? "", line.status);
}

function each(stream, name, argument) {
  for (const handlers of [...(followers.get(stream) ?? [])]) handlers[name]?.(argument);
}

// handlers: event({id, n, kind, by, at, body}), typing(frame), seen(frame), hint(frame), gap() when the region must be
// loaded anew. Answers a function that ends the following.
export function follow(stream, after, handlers) {
  const known = followers.get(stream);
  if (known) {
    known.add(handlers);
    // Told from its own number on: what the others know already is ignored by them (a row's id is its message).
    if (after < line.streams.get(stream)?.after) start(stream, after);
  } else {
    followers.set(stream, new Set([handlers]));
    start(stream, after);
  }
  return () => {
    const left = followers.get(stream);
    left?.delete(handlers);
    if (left && !left.size) {
      followers.delete(stream);
      line.leave(stream);
    }
  };
}

function start(stream, after) {
  line.follow(stream, after, {
    onEvent: ({ n, k, at, id, by, b }) => each(stream, "event", { n, kind: k, at, id, by, body: b }),
    onSignal: (frame) => each(stream, frame.t, frame),
    onReset: () => {
      each(stream, "gap");
      return false;
    },
    onRefused: () => each(stream, "gap"),
  });
}

// A room's own element (it does not know the desk) asks for a stream's hints here, so that the page has one line.
document.addEventListener("stream:follow", (event) => {
  const { stream, heard } = event.detail;
  event.detail.stop = follow(stream, 0, { event: heard, hint: heard, gap: heard });
  event.preventDefault();
});

// Resolves {ok} when the server has kept the message, {ok: false, text} when it never will.
export async function post(stream, kind, body, id) {
  try {
    await line.post(stream, kind, body, id);
    return { ok: true };
  } catch (refusal) {
    return { ok: false, text: refusal?.text ?? "", code: refusal?.code ?? "" };
  }
}

export function waitingFor(stream) {
  return line.waiting(stream).map((frame) => ({ id: frame.id, kind: frame.k, by: "agent", body: frame.b }));
}

// A passing word on a stream; where sockets are blocked a plain request carries it.
export function signal(stream) {
  if (line.status === "polling") send("POST", "/desk/presence/input").catch(() => {});
  else line.signal("typing", stream);
}

export const typing = (stream) => line.signal("typing", stream);
export const seen = (stream, n) => line.signal("seen", stream, n);
