// One row of the conversation. Its id is the client's id of the message, so that the echo takes the place of the
// row that stood for it and nothing shows twice.
import { HOUSE, say } from "./words.js";
import { fileOf } from "./files.js";
import { ICONS, icon, link, make, textWithLinks } from "./make.js";

export const rowId = (id) => `m-${id}`;

const clocks = {};

function timeOf(at, language) {
  if (!clocks[language]) {
    const format = { hour: "2-digit", minute: "2-digit", timeZone: HOUSE.zone };
    clocks[language] = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, format);
  }
  return clocks[language].format(at);
}

// `message`: {id, n?, by, at, body, state?: sending | failed | sent | seen, why?}
export function rowOf(message, language, base) {
  const body = message.body || {};
  const mine = message.by === "patient";
  const at = message.at ? new Date(message.at) : new Date();
  const who = mine ? say("you") : body.name || say(message.by === "bot" ? "bot" : "hospital");
  const row = make(
    "li",
    { id: rowId(message.id), class: `row ${mine ? "mine" : "theirs"}`, "data-n": message.n || null },
    make("p", { class: "who" }, who),
    make("div", { class: "bubble" }, ...contentOf(body, base)),
    make("p", { class: "when" }, make("time", { datetime: at.toISOString() }, timeOf(at, language))),
  );
  if (mine) mark(row, message.state || "sent", message.why);
  return row;
}

function contentOf(body, base) {
  const content = [];
  if (body.redacted) content.push(make("p", { class: "removed" }, say("removed")));
  if (body.text) content.push(make("p", {}, ...textWithLinks(String(body.text))));
  if (body.attachment) content.push(fileOf(body.attachment));
  for (const card of [body.article, body.link]) if (card) content.push(cardOf(card, base));
  return content;
}

function cardOf(card, base) {
  const title = String(card.title || card.text || card.name || say("article"));
  const address = card.url || card.href || (card.slug ? `/articles/${encodeURIComponent(card.slug)}` : "");
  const heading = make("p", { class: "title" }, icon(ICONS.page), link(address, title, base));
  const excerpt = card.excerpt || card.summary;
  return make("div", { class: "card" }, heading, excerpt ? make("p", {}, String(excerpt)) : null);
}

const TICKS = { sending: "…", failed: "!", sent: "✓", seen: "✓✓" };

// Shows how far a message of the patient came: a sign for the eye, a word for the ear.
export function mark(row, state, why) {
  row.dataset.state = state;
  const place = row.querySelector(".when");
  for (const old of row.querySelectorAll(".tick, .why")) old.remove();
  place.append(
    make("span", { class: "tick" }, make("span", { "aria-hidden": "true" }, TICKS[state]), make("span", { class: "hidden" }, say(state))),
  );
  row.querySelector("progress")?.remove();
  if (state === "failed") place.after(make("p", { class: "why" }, why || say("not_sent")));
}

// What stands for a message of the outbox until its echo comes.
export function rowFor(message, state = message.failed ? "failed" : "sending") {
  return { id: message.id, by: "patient", at: message.at, state, body: { text: message.text } };
}

// A line about the conversation itself: somebody joined, it ended.
export function noteOf(id, text) {
  return make("li", { id: rowId(id), class: "row note" }, make("p", {}, text));
}

// The retry and discard buttons of a message that did not go.
export function offerRetry(row, again, discard) {
  const buttons = make("p", { class: "again" });
  for (const [word, call] of [["retry", again], ["discard", discard]]) {
    const button = make("button", { type: "button" }, say(word));
    button.addEventListener("click", call);
    buttons.append(button);
  }
  row.append(buttons);
}
