// A file in a row: its small picture or a sign, its name, its size; pressed, it is downloaded.
const SVG = "http://www.w3.org/2000/svg";

export function sizeOf(size) {
  const { lang } = document.documentElement;
  const form = (number, digits) => new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(number);
  return size < 1e6 ? `${form(Math.max(1, Math.round(size / 1e3)), 0)} kB` : `${form(size / 1e6, 1)} MB`;
}

function sign() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  const known = document.querySelector("svg.icon use")?.getAttribute("href") ?? "";
  use.setAttribute("href", `${known.split("#")[0]}#attach`);
  svg.append(use);
  return svg;
}

export function fileCard(file) {
  if (!file?.name) return null;
  const card = document.createElement(file.id ? "a" : "span");
  card.className = "file";
  if (file.id) {
    card.href = `/desk/files/${file.id}`;
    card.setAttribute("download", "");
  }
  if (file.id && file.pictured) {
    const picture = document.createElement("img");
    picture.src = `/desk/files/${file.id}/thumbnail`;
    picture.alt = "";
    card.append(picture);
  } else {
    card.append(sign());
  }
  const name = document.createElement("span");
  name.className = "file-name";
  name.dir = "auto";
  name.textContent = file.name;
  const size = document.createElement("span");
  size.className = "soft";
  size.textContent = sizeOf(file.size);
  card.append(name, " ", size);
  if (!file.id) {
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", file.name);
    card.append(bar);
  }
  return card;
}
