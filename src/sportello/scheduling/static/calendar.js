// What scripts add to the calendar: it is live (two people see each other's changes at once), and a visit can be
// dragged to a free time. The keyboard's way is the visit's page: "Move on the calendar", then a marked time.
import { htmx } from "../web/requests.js";
import { Line } from "../web/line.js";

const PAUSE = 400; // milliseconds; many changes in a moment are one reading
let line;

// Inside the desk its one line is used; a page of its own opens one.
function listen(heard) {
  const asked = new CustomEvent("stream:follow", { cancelable: true, detail: { stream: "calendar", heard } });
  if (!document.dispatchEvent(asked)) return asked.detail.stop;
  line ??= new Line({ as: "staff", language: document.documentElement.lang });
  line.follow("calendar", 0, { onSignal: heard, onReset: () => (heard(), false), onRefused: heard });
  return () => line.leave("calendar");
}

class LiveCalendar extends HTMLElement {
  connectedCallback() {
    this.stop = listen(() => this.soon());
    this.addEventListener("dragstart", (event) => this.begin(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("dragleave", (event) => event.target.closest?.("td")?.classList.remove("over"));
    this.addEventListener("dragend", () => this.end());
    this.addEventListener("drop", (event) => this.drop(event));
  }

  disconnectedCallback() {
    this.stop?.();
    clearTimeout(this.due);
  }

  soon() {
    this.due ??= setTimeout(() => this.read(), PAUSE);
  }

  // Not while something is being dragged; the focus stays on the same visit or time.
  async read() {
    this.due = undefined;
    if (this.dragged) return this.soon();
    const active = this.contains(document.activeElement) ? document.activeElement.getAttribute("href") : "";
    const scroller = this.querySelector(".scroller");
    const left = scroller?.scrollLeft ?? 0;
    try {
      await htmx.ajax("GET", this.dataset.url, { source: this, target: this, swap: "innerHTML" });
    } catch {
      return;
    }
    if (this.querySelector(".scroller")) this.querySelector(".scroller").scrollLeft = left;
    if (active) this.querySelector(`a[href="${CSS.escape(active)}"]`)?.focus({ preventScroll: true });
  }

  begin(event) {
    const visit = event.target.closest?.("[data-visit]");
    if (!visit) return;
    this.dragged = visit.dataset.visit;
    event.dataTransfer.setData("text/plain", this.dragged);
    event.dataTransfer.effectAllowed = "move";
  }

  over(event) {
    const cell = event.target.closest?.("td.free[data-slot], td.target[data-slot]");
    if (!this.dragged || !cell) return;
    event.preventDefault();
    cell.classList.add("over");
  }

  end() {
    this.dragged = undefined;
    for (const cell of this.querySelectorAll(".over")) cell.classList.remove("over");
  }

  drop(event) {
    const cell = event.target.closest?.("td[data-slot]");
    const visit = this.dragged;
    this.end();
    if (!visit || !cell) return;
    event.preventDefault();
    const url = `/desk/scheduling/calendar/move?appointment=${visit}&slot=${cell.dataset.slot}`;
    const link = Object.assign(document.createElement("a"), { href: url });
    this.append(link); // inside a part of the desk its links stay within the part
    link.click();
    link.remove();
  }
}
customElements.define("live-calendar", LiveCalendar);
