// Message rows: a clone of the page's own <template>, filled with text only. The row's id is the client id,
// so the echo of a message replaces the row that stood for it.
import { fileCard } from "./file-card.js";
import { putWords } from "./links.js";

let clock;

function timeOf(iso) {
  if (!clock) {
    const { lang, dataset } = document.documentElement;
    clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", timeZone: dataset.zone || undefined });
  }
  return clock.format(iso ? new Date(iso) : new Date());
}

function put(row, name, text) {
  for (const place of row.querySelectorAll(`[data-field="${name}"]`)) {
    place.textContent = text ?? "";
    if (place.hasAttribute("data-optional")) place.hidden = !text;
  }
}

export const rowId = (clientId) => `m-${clientId}`;

// Where a conversation went, in the words that the page's template carries.
function sentence(template, body) {
  return (template.getAttribute(`data-moved-${body.to}`) ?? "").replace("%(name)s", body.agent_name ?? "");
}

// Who shares it, likewise; the note follows in quotation marks.
function partySentence(template, { event, what, name, by, note }) {
  const words = template.getAttribute(`data-party-${event}-${what}`) ?? template.getAttribute(`data-party-${event}`) ?? "";
  const said = words.replace("%(name)s", () => name ?? "").replace("%(by)s", () => by ?? "");
  return note ? `${said} ${template.dataset.partyNote.replace("%(note)s", () => note)}` : said;
}

const TEXTS = { moved: sentence, party: partySentence };

// `event`: {id, n, kind, by, at, body, state}; `by` is patient, bot, system or agent:<id>.
export function rowOf(event, template) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.id = rowId(event.id ?? event.n);
  row.dataset.kind = event.kind;
  row.dataset.sender = (event.by ?? "system").split(":")[0];
  row.dataset.state = event.state ?? "sent";
  if (event.n) row.dataset.seq = String(event.n);
  const body = event.body ?? {};
  if (TEXTS[event.kind]) put(row, "text", TEXTS[event.kind](template, body));
  else putWords(row.querySelector('[data-field="text"]'), body.redacted ? template.dataset.removed : body.text ?? "");
  if (body.redacted) row.dataset.removed = "";
  put(row, "name", event.kind === "party" ? "" : body.name ?? template.dataset[row.dataset.sender]);
  for (const time of row.querySelectorAll('[data-field="at"]')) {
    time.textContent = timeOf(event.at);
    time.setAttribute("datetime", event.at ?? new Date().toISOString());
  }
  attach(row, body);
  return row;
}

// Buttons the bot offered, an article that was sent, a file: each is a line of text, links lead only within the house.
function attach(row, body) {
  const place = row.querySelector('[data-field="extra"]');
  if (!place) return;
  for (const choice of body.buttons ?? []) {
    const span = document.createElement("span");
    span.className = "badge";
    span.textContent = typeof choice === "string" ? choice : choice.text ?? choice.label ?? "";
    place.append(span);
  }
  const file = fileCard(body.attachment);
  if (file) place.before(file);
  for (const item of [body.article, body.link]) {
    const url = item?.url ?? item?.href;
    if (!item || !(item.title ?? item.name)) continue;
    const link = document.createElement(url?.startsWith("/") && !url.startsWith("//") ? "a" : "span");
    if (link.tagName === "A") {
      link.href = url;
      link.target = "_blank";
      link.rel = "noopener";
    }
    link.textContent = item.title ?? item.name;
    place.append(link);
  }
  place.hidden = !place.childElementCount;
}

// A message's words are gone: who removed them and why is told to staff alone.
export function takeAway(id, template, { name, why }) {
  const row = document.getElementById(rowId(id));
  if (!row) return;
  row.dataset.removed = "";
  const words = why ? template.dataset.removedBy.replace("%(name)s", () => name).replace("%(why)s", () => why) : template.dataset.removed;
  if (why || !row.dataset.told) put(row, "text", words);
  if (why) row.dataset.told = "yes";
  const extra = row.querySelector('[data-field="extra"]');
  extra?.replaceChildren();
  if (extra) extra.hidden = true;
  row.querySelector(".file")?.remove();
}

export function mark(row, state, words) {
  if (!row) return;
  row.dataset.state = state;
  put(row, "delivery", words?.[state] ?? "");
}
