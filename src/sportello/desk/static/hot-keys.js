// The whole desk by keyboard. Nothing here takes a plain letter while somebody is typing.
import { show, shown } from "./stage.js";

const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function sessionAt(place) {
  const link = document.querySelectorAll("session-list a[data-session]")[place];
  if (link) show(link.dataset.session);
  return Boolean(link);
}

// F6 walks: top bar, sessions, conversation, tabs, offer when there is one.
function nextPart(backwards) {
  const panel = shown();
  const parts = [
    document.querySelector(".topbar"),
    document.querySelector("session-list"),
    panel?.querySelector(".talk"),
    panel?.querySelector(".apps"),
    document.querySelector("offer-alert [data-offer]"),
  ].filter((part) => part?.offsetParent || part?.getClientRects().length);
  const here = parts.findIndex((part) => part.contains(document.activeElement));
  const step = backwards ? -1 : 1;
  const next = parts[(here + step + parts.length) % parts.length];
  const target = next.querySelector("textarea, [aria-current], [aria-selected=true], a[href], button:not([hidden]), input, [tabindex='0']");
  (target ?? next).focus();
}

const ALT = {
  a: () => document.querySelector("offer-alert")?.press("[data-accept]"),
  r: () => document.querySelector("offer-alert")?.press("[data-reject]"),
  w: () => shown()?.querySelector("[data-close-tab]:not(:disabled)")?.click() ?? true,
  t: () => {
    document.dispatchEvent(new CustomEvent("palette:open", { detail: { only: "tabs" } }));
    return true;
  },
  n: () => {
    const waits = [...document.querySelectorAll("session-list .wait[data-since]")];
    const first = waits.sort((one, other) => Date.parse(one.dataset.since) - Date.parse(other.dataset.since))[0];
    const link = first?.closest("a[data-session]");
    if (link) show(link.dataset.session);
    return true;
  },
  i: () => shown()?.querySelector("message-composer [name=kind]")?.click() ?? true,
  0: () => sessionAt(0),
};

addEventListener("keydown", (event) => {
  if (event.key === "F6") {
    event.preventDefault();
    nextPart(event.shiftKey);
    return;
  }
  // event.code too: with Alt some keyboards write another letter.
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const letter = event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    const done = /^[1-9]$/.test(letter) ? sessionAt(Number(letter)) : ALT[letter]?.();
    if (done !== undefined) event.preventDefault();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("palette:open"));
    return;
  }
  if (event.key === "?" && !typing(event.target)) {
    event.preventDefault();
    document.getElementById("keyboard-help")?.showModal();
  }
});
