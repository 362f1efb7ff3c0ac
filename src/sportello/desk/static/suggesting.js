// "/" in the composer offers quick replies (also by "#tag"), "@" in a note colleagues: a listbox above the field, walked
// by arrows, taken by Enter or Tab, left by Escape. Its lists come from the server when they are first wanted.
const FRESH = 60_000; // milliseconds
const MOST = 6;
const lists = new Map();
let open = null; // {composer, area, start, sign, box}

async function fetched(url) {
  const known = lists.get(url);
  if (known && Date.now() - known.at < FRESH) return known.items;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  const items = answer.ok ? await answer.json() : [];
  if (answer.ok) lists.set(url, { items, at: Date.now() });
  return items;
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

async function found({ composer, sign }, sought) {
  if (sign === "@") {
    const names = await fetched("/desk/people-to-call");
    return names.filter((name) => plain(name).includes(sought)).map((name) => ({ label: `@${name}`, text: `@${name} ` }));
  }
  const replies = await fetched(`/desk/conversations/${composer.dataset.conversation}/replies`);
  const tag = sought.startsWith("#") ? sought.slice(1) : "";
  return replies
    .filter(({ shortcut, tags, text }) => (tag ? tags.some((one) => one.startsWith(tag)) : shortcut.includes(sought) || plain(text).includes(sought)))
    .sort((one, other) => other.shortcut.startsWith(sought) - one.shortcut.startsWith(sought))
    .map(({ shortcut, text, tags }) => ({ label: `/${shortcut}`, note: tags.map((one) => `#${one}`).join(" "), text, shown: text }));
}

function close() {
  open?.box.remove();
  open?.area.removeAttribute("aria-activedescendant");
  open?.area.removeAttribute("aria-controls");
  open = null;
}

function begin(composer, sign) {
  const area = composer.querySelector("textarea");
  if (open?.area === area && open.sign === sign) return;
  close();
  const box = document.createElement("div");
  box.className = "suggestions";
  box.tabIndex = 0; // it may have to scroll
  box.role = "listbox";
  box.id = `suggestions-${composer.dataset.conversation}`;
  box.setAttribute("aria-label", sign === "@" ? composer.dataset.people : composer.dataset.replies);
  composer.prepend(box);
  area.setAttribute("aria-controls", box.id);
  open = { composer, area, sign, box };
}

// What stands between the sign and the caret, or null when no sign is being written.
function soughtIn(area, sign) {
  const before = area.value.slice(0, area.selectionStart);
  const match = sign === "@" ? before.match(/(?:^|\s)@([\p{L}' -]{0,40})$/u) : before.match(/(?:^|\s)\/(#?[\p{L}\d-]{0,30})$/u);
  return match ? { text: plain(match[1]), start: before.length - match[1].length - 1 } : null;
}

async function offer(composer) {
  const area = composer.querySelector("textarea");
  const sign = composer.dataset.kind === "note" ? "@" : "/";
  const sought = soughtIn(area, sign);
  if (!sought) return close();
  begin(composer, sign);
  const here = open;
  const items = (await found(open, sought.text)).slice(0, MOST);
  if (open !== here) return;
  open.start = sought.start;
  open.box.replaceChildren(...items.map(optionOf));
  if (!items.length) {
    const none = document.createElement("div");
    none.role = "option";
    none.setAttribute("aria-disabled", "true");
    none.textContent = composer.dataset.nothing;
    open.box.append(none);
  }
  choose(0);
}

function optionOf(item, place) {
  const option = document.createElement("div");
  option.role = "option";
  option.id = `suggestion-${place}`;
  option.dataset.text = item.text;
  option.dir = "auto"; // colleagues wrote it, in a language of their own
  const label = document.createElement("strong");
  label.textContent = item.label;
  option.append(label, " ");
  for (const [name, text] of [["soft", item.note], ["shown", item.shown]]) {
    if (!text) continue;
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    option.append(part, " ");
  }
  option.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(option);
  });
  return option;
}

const options = () => [...(open?.box.querySelectorAll('[role="option"]:not([aria-disabled])') ?? [])];

function choose(place) {
  const all = options();
  all.forEach((one, index) => one.setAttribute("aria-selected", String(index === place)));
  if (!all[place]) return open.area.removeAttribute("aria-activedescendant");
  open.area.setAttribute("aria-activedescendant", all[place].id);
  all[place].scrollIntoView({ block: "nearest" });
  return undefined;
}

function take(option) {
  const { area, start } = open;
  area.setRangeText(option.dataset.text, start, area.selectionStart, "end");
  close();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("input", (event) => {
  const composer = event.target.closest?.("message-composer");
  if (composer && event.target.matches("textarea")) offer(composer);
});
// Before the composer's own Enter: while a list is open its keys are the list's.
document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.area || event.isComposing) return;
  const all = options();
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const moves = { ArrowDown: here + 1, ArrowUp: here - 1 };
  if (event.key in moves && all.length) choose((moves[event.key] + all.length) % all.length);
  else if ((event.key === "Enter" || event.key === "Tab") && all[here] && !event.shiftKey) take(all[here]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
document.addEventListener("focusout", (event) => {
  if (open && event.target === open.area) setTimeout(() => document.activeElement !== open?.area && close(), 100);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-suggest]");
  if (!button) return;
  const composer = button.closest("message-composer");
  const area = composer.querySelector("textarea");
  const sign = composer.dataset.kind === "note" ? "@" : "/";
  area.focus();
  const before = area.value.slice(0, area.selectionStart);
  area.setRangeText(/(^|\s)$/.test(before) ? sign : ` ${sign}`, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
});

// A place that nobody has filled must not reach the patient: it is marked, to be written over.
export function unfilled(area) {
  const match = area.value.match(/\{[a-z]+\.[a-z]+\}/);
  if (!match) return "";
  area.focus();
  area.setSelectionRange(match.index, match.index + match[0].length);
  return match[0];
}
