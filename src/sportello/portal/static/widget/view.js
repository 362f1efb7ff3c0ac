// The widget's frame: a launcher, a panel with the conversation, a composer. Built once; the parts are handed back
// by name.
import { HOUSE, say, speaking } from "./words.js";
import { ICONS, icon, make } from "./make.js";

export function frame() {
  const unread = make("span", { class: "unread", hidden: true });
  const launcher = make(
    "button",
    { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel" },
    icon(ICONS.talk),
    make("span", { class: "word" }, say("chat")),
    unread,
  );
  const close = make("button", { type: "button", class: "square", "aria-label": say("close") }, icon(ICONS.close));
  const status = make("p", { class: "status", role: "status" });
  const head = make(
    "header",
    {},
    make("div", {}, make("h2", { id: "title" }, say("title", { name: HOUSE.name })), status),
    close,
  );
  const list = make("ol", {});
  const log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": say("conversation") }, list);
  const newer = make("button", { type: "button", class: "newer", hidden: true }, say("newer"));
  const typing = make("p", { class: "typing", "aria-live": "polite" });
  const choices = make("div", { class: "choices", role: "group", "aria-label": say("choices"), hidden: true });
  const text = make("textarea", {
    id: "text", rows: "1", maxlength: "4000", autocomplete: "off", enterkeyhint: "send", placeholder: say("placeholder"),
  });
  const send = make("button", { type: "submit", class: "square send", "aria-label": say("send") }, icon(ICONS.send));
  const pick = make("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-hidden": "true" });
  const attach = make("button", { type: "button", class: "square attach", "aria-label": say("attach"), title: say("attach") }, icon(ICONS.attach));
  const composer = make("form", {}, make("label", { for: "text", class: "hidden" }, say("message")), attach, pick, text, send);
  const again = make("button", { type: "button", class: "wide" }, say("new_conversation"));
  const ended = make("div", { class: "ended", hidden: true }, make("p", {}, say("ended")), again);
  const leave = make("button", { type: "button", class: "plain", hidden: true }, say("end"));
  const foot = make("p", { class: "foot" }, make("span", {}, say("emergency", { number: HOUSE.emergency })), leave);
  const panel = make(
    "div",
    { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", lang: speaking(), hidden: true },
    head, log, newer, typing, choices, ended, composer, foot,
  );
  const region = make("section", { class: "region", "aria-label": say("chat"), lang: speaking() }, panel, launcher);
  return { region, launcher, unread, panel, close, status, log, list, newer, typing, choices, composer, text, send, attach, pick, ended, again, leave };
}

// What a newcomer reads before the first word: who answers, and the usual wishes as buttons.
export function welcome() {
  return {
    text: say("welcome", { name: HOUSE.name }),
    buttons: ["wish_hours", "wish_visit", "wish_person"].map((name) => say(name)),
  };
}

// Buttons of the bot's last message; a bot may send plain texts or {text, payload}.
export function choicesOf(buttons, chosen) {
  return (buttons || []).map((choice) => {
    const label = String(typeof choice === "string" ? choice : choice.text || choice.label || choice.title || "");
    const value = typeof choice === "string" ? choice : choice.payload || label;
    const button = make("button", { type: "button", class: "choice" }, label);
    button.addEventListener("click", () => chosen(label, value));
    return button;
  });
}

export function style(root, css, base) {
  if ("adoptedStyleSheets" in Document.prototype && "replaceSync" in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } else {
    // Older phones: the same sheet as a file.
    root.append(make("link", { rel: "stylesheet", href: new URL("/widget.css", base).href }));
  }
}
