// Words with their web addresses as links: http and https alone, opened apart, the host they truly lead to beside them.
// Nothing is fetched before somebody presses.
const ADDRESS = /https?:\/\/[^\s<>"')\]\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gi;

export function putWords(place, text) {
  place.replaceChildren();
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(/[.,;:!?]+$/, "");
    let url;
    try {
      url = new URL(address);
    } catch {
      continue;
    }
    place.append(text.slice(from, found.index), ...linked(url, address));
    from = found.index + address.length;
  }
  place.append(text.slice(from));
}

function linked(url, address) {
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.textContent = address;
  const host = document.createElement("span");
  host.className = "host";
  host.textContent = `(${url.host})`;
  return [link, " ", host];
}
