// Makes elements without ever parsing text as HTML, so that it works where Trusted Types are required and what a
// patient or a bot writes stays text.
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

export const ICONS = {
  talk: "M4 4h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-3-7z",
  attach: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8",
  page: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
};

const ADDRESS = /https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g;

// Text with its web addresses as links; nothing else is interpreted.
export function textWithLinks(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, found.index), link(found[0], found[0]), hostOf(found[0]));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part);
}

// Where an address truly leads, for the eye: what stands before an @ in it may say another name.
function hostOf(address) {
  try {
    return make("span", { class: "host" }, ` (${new URL(address).host})`);
  } catch {
    return null;
  }
}

// A link to the web, or the bare text when the address is of another kind (javascript:, data:).
export function link(address, text, base) {
  let url;
  try {
    url = new URL(address, base);
  } catch {
    return document.createTextNode(text);
  }
  if (!/^https?:$/.test(url.protocol)) return document.createTextNode(text);
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}
