// A log that shows an older stretch: what is found by searching. New rows wait until the reader goes on to the end.
const AROUND = 20;

export class Past {
  constructor(log) {
    this.log = log;
    this.shown = false;
  }

  // The rows around a number, with that row in the middle and in focus.
  async go(seq) {
    const { log } = this;
    if (!log.list.querySelector(`[data-seq="${seq}"]`)) {
      await this.fetch(seq + AROUND + 1, "innerHTML");
      this.shown = true;
      delete log.dataset.complete;
      this.tell();
    }
    const row = log.list.querySelector(`[data-seq="${seq}"]`);
    if (!row) return;
    for (const other of log.list.querySelectorAll("[data-found]")) delete other.dataset.found;
    row.dataset.found = "";
    row.tabIndex = -1;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  }

  async fetch(before, swap) {
    const { htmx } = await import("../web/requests.js");
    const url = `${this.log.dataset.older}?before=${before}`;
    await htmx.ajax("GET", url, { source: this.log.list, target: this.log.list, swap });
  }

  // Reading on below: the next page, until the end is there, from which the log lives again.
  async onwards() {
    const { log } = this;
    if (this.fetching) return;
    this.fetching = true;
    const last = Number([...log.list.querySelectorAll("[data-seq]")].at(-1)?.dataset.seq ?? 0);
    if (last + 1 >= log.last) {
      log.reload();
    } else {
      const known = new Set([...log.list.children].map((row) => row.id));
      const page = document.createElement("ol");
      log.list.after(page);
      page.hidden = true;
      const { htmx } = await import("../web/requests.js");
      await htmx.ajax("GET", `${log.dataset.older}?before=${last + 2 * AROUND + 1}`, { source: page, target: page, swap: "innerHTML" });
      const rows = [...page.children].filter((row) => !known.has(row.id));
      page.remove();
      if (rows.length) log.list.append(...rows);
      else log.reload();
    }
    this.fetching = false;
  }

  missed(events) {
    this.log.count(this.log.unseen + events.length);
    this.tell();
  }

  tell() {
    const { newer } = this.log;
    if (!newer) return;
    newer.hidden = false;
    newer.querySelector("[data-fresh]").hidden = true;
    newer.querySelector("[data-latest]").hidden = false;
  }
}
