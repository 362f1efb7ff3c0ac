// The widget's plain requests: opening and ending a conversation. The token travels in a header, never in an address.
import { HOUSE, say } from "./words.js";

async function ask(path, body, token) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let answer;
  try {
    // On the hospital's own pages the patient's session counts; elsewhere no cookie is sent.
    answer = await fetch(new URL(path, HOUSE.base), {
      method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin", cache: "no-store",
    });
  } catch {
    return { ok: false, code: "network", text: say("no_network") };
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return { ok: true, ...said };
  return { ok: false, code: answer.status === 429 ? "slower" : "refused", text: said.error || say("not_sent") };
}

// The same key again answers the same conversation, so a lost answer opens no second one.
export const openChat = (key, language) => ask("/portal/chat", { key, language });

export const endChat = (token) => ask("/portal/chat/end", {}, token);

export const askCallback = (token, phone) => ask("/portal/chat/callback", { phone }, token);
