// Searching in one conversation, also far back: Ctrl+F within the conversation, or its button; Escape closes.
import { htmx } from "../web/requests.js";

const PAUSE = 250;

class LogSearch extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.list = this.querySelector("[data-hits]");
    this.form = this.querySelector("form");
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.seek(), PAUSE);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.list.querySelector("button")?.focus();
    });
    this.addEventListener("keydown", (event) => this.key(event));
    this.querySelector("[data-close-search]").addEventListener("click", () => this.close());
    this.list.addEventListener("click", (event) => {
      const hit = event.target.closest("[data-go]");
      if (hit) this.log.past.go(Number(hit.dataset.go));
    });
  }

  get log() {
    return this.closest("message-log");
  }

  open() {
    this.hidden = false;
    this.field.focus();
    this.field.select();
  }

  close() {
    this.hidden = true;
    this.list.replaceChildren();
    this.field.value = "";
    this.log.box.focus();
  }

  async seek() {
    await htmx.ajax("POST", this.dataset.url, { source: this.form, target: this.list, swap: "innerHTML" });
  }

  key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return this.close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const stops = [this.field, ...this.list.querySelectorAll("[data-go]")];
    const here = stops.indexOf(document.activeElement);
    stops[Math.min(stops.length - 1, Math.max(0, here + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  }
}

customElements.define("log-search", LogSearch);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-search-log]");
  if (button) button.closest("message-log").querySelector("log-search").open();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "f" || event.altKey) return;
  const search = event.target.closest?.(".talk, .along, .read-only")?.querySelector("log-search");
  if (!search) return;
  event.preventDefault();
  search.open();
});
