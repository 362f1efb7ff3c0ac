// The hospital's name, zone, sheet and texts. The server writes them as SPORTELLO_HOUSE in front of the widget's parts, from its
// translations; this file only picks the language.
/* global SPORTELLO_HOUSE */
let language = "";

export const HOUSE = SPORTELLO_HOUSE;

export function speak(wanted) {
  const offered = Object.keys(HOUSE.texts);
  const asked = [wanted, document.documentElement.lang, ...(navigator.languages || [])];
  const short = asked.filter(Boolean).map((tag) => tag.slice(0, 2).toLowerCase());
  language = short.find((tag) => offered.includes(tag)) || offered[0];
  return language;
}

export const speaking = () => language;

// A text by its name, with %(name)s filled in.
export function say(name, values = {}) {
  const text = HOUSE.texts[language][name] || name;
  return text.replace(/%\((\w+)\)s/g, (whole, key) => (key in values ? String(values[key]) : whole));
}
