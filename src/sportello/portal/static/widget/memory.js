// What this browser remembers of the conversation, so that a reload loses nothing. Kept in localStorage, never in
// an address; when storage is forbidden the page itself remembers, as long as it lives.
const KEY = "sportello.chat";
const EMPTY = { key: "", token: "", conversation: "", stream: "", seen: 0, read: 0, draft: "", outbox: [], open: false, session: "" };
let fallback = "{}";

function raw() {
  try {
    return localStorage.getItem(KEY) || "{}";
  } catch {
    return fallback;
  }
}

export function remembered() {
  try {
    return { ...EMPTY, ...JSON.parse(raw()) };
  } catch {
    return { ...EMPTY };
  }
}

// Reads again before it writes: another tab of the same site may have written in between.
export function remember(changes) {
  const text = JSON.stringify({ ...remembered(), ...changes });
  fallback = text;
  try {
    localStorage.setItem(KEY, text);
  } catch {
    // Full or forbidden: the page remembers.
  }
}

export function forget() {
  const { open, session } = remembered();
  remember({ ...EMPTY, open, session });
}

// On the hospital's own pages: what one patient wrote is not shown to the next on the same browser. Who begins
// unnamed and then signs in keeps the conversation; the answer is whether the server must still hear of it.
export function belongTo(session) {
  const { session: before, conversation } = remembered();
  if (before && before !== session) forget();
  remember({ session });
  return Boolean(!before && session && conversation);
}

export function keep(message) {
  const { outbox } = remembered();
  remember({ outbox: [...outbox.filter((kept) => kept.id !== message.id), message] });
}

export function release(id) {
  remember({ outbox: remembered().outbox.filter((kept) => kept.id !== id) });
}

// Another tab opened or ended the conversation.
export function whenChangedElsewhere(take) {
  addEventListener("storage", (event) => {
    if (event.key === KEY) take(remembered());
  });
}

// randomUUID exists only on secure pages and newer phones.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
