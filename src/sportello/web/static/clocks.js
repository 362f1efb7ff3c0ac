// Waiting times that count up: <time data-since="ISO time">, and countdowns: <time data-until="ISO time">.
// The server's clock decides; `offset` corrects a wrong clock of the computer.
let offset = 0;

export function serverTime(iso) {
  offset = Date.parse(iso) - Date.now();
}

// The server's time as far as it is known, in milliseconds.
export const now = () => Date.now() + offset;

export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

export function tick(root = document) {
  const instant = now();
  for (const element of root.querySelectorAll("time[data-since], time[data-until]")) {
    const { since, until } = element.dataset;
    const text = span(since ? instant - Date.parse(since) : Date.parse(until) - instant);
    if (element.textContent !== text) element.textContent = text;
  }
}

const told = document.querySelector('meta[name="server-time"]')?.content;
if (told) serverTime(told);
tick();
setInterval(() => document.hidden || tick(), 1000);
document.addEventListener("htmx:after:swap", () => tick());
document.addEventListener("visibilitychange", () => document.hidden || tick());
