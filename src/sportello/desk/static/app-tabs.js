// <app-tabs data-session>: the application tabs of one session. The list is kept by the server, panels stay in the
// page once opened, so a half-filled form survives looking elsewhere.
import { htmx, send } from "../web/requests.js";
import { toast } from "../web/toasts.js";
import "./opening.js";
import { draggable, step } from "./tab-order.js";

const KEYS = { ArrowRight: 1, ArrowLeft: -1 };

class AppTabs extends HTMLElement {
  connectedCallback() {
    this.session = this.dataset.session;
    this.list = this.querySelector('[role="tablist"]');
    this.panels = this.querySelector(".tab-panels");
    this.list.addEventListener("click", (event) => this.pick(event.target.closest('[role="tab"]')));
    this.list.addEventListener("keydown", (event) => this.key(event));
    draggable(this.list, (tab) => this.arranged(tab));
    this.addEventListener("click", (event) => this.tool(event));
    document.addEventListener("desk:tabs", this.renewed = (event) => this.otherWindow(event.detail));
    this.reconcile();
  }

  disconnectedCallback() {
    document.removeEventListener("desk:tabs", this.renewed);
  }

  get tabs() {
    return [...this.list.querySelectorAll('[role="tab"]')];
  }

  get current() {
    return this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  }

  get address() {
    return `/desk/sessions/${this.session}/tabs`;
  }

  pick(tab, { tell = true, focus = false } = {}) {
    if (!tab) return;
    for (const other of this.tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      this.panelOf(other).hidden = !chosen;
    }
    this.load(tab);
    document.dispatchEvent(new CustomEvent("desk:tab-shown"));
    this.offerLink(tab);
    this.querySelector("[data-open-alone]").href = `/desk/view?url=${encodeURIComponent(tab.dataset.url)}`;
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focus) tab.focus();
    if (tell) send("PUT", `${this.address}/current`, { tab: tab.dataset.tab }).catch(() => {});
  }

  // While nobody has said whom the conversation concerns, a patient's tab offers to say it.
  offerLink(tab) {
    const bar = this.querySelector("[data-link]");
    const patient = tab.dataset.url.match(/^\/desk\/patient\/([^/?]+)/)?.[1];
    if (!bar) return;
    bar.hidden = !patient;
    bar.elements.patient.value = patient ? decodeURIComponent(patient) : "";
    bar.addEventListener("htmx:after:request", (event) => event.detail.ctx.response.status === 200 && bar.remove());
  }

  panelOf(tab) {
    return document.getElementById(tab.getAttribute("aria-controls")) ?? this.makePanel(tab);
  }

  makePanel(tab) {
    const panel = document.createElement("div");
    panel.id = tab.getAttribute("aria-controls");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.tabIndex = 0;
    panel.hidden = true;
    this.panels.append(panel);
    return panel;
  }

  async load(tab, again = false) {
    const panel = this.panelOf(tab);
    if (panel.dataset.loaded && !again) return;
    panel.dataset.loaded = "yes";
    panel.setAttribute("aria-busy", "true");
    await htmx.ajax("GET", tab.dataset.url, { source: panel, target: panel, swap: "innerHTML" });
    panel.removeAttribute("aria-busy");
    if (panel.childElementCount) return;
    delete panel.dataset.loaded;
    this.offerAgain(tab, panel);
  }

  // The part did not come; what failed is said by a toast, here stands the way to ask again.
  offerAgain(tab, panel) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = this.dataset.again;
    button.addEventListener("click", () => this.load(tab, true));
    panel.replaceChildren(button);
  }

  // The list came from the server: panels of tabs that are gone leave, the shown tab is shown.
  reconcile() {
    const wanted = new Set(this.tabs.map((tab) => tab.getAttribute("aria-controls")));
    for (const panel of [...this.panels.children]) if (!wanted.has(panel.id)) panel.remove();
    this.querySelector("[data-close-tab]").disabled = !this.tabs.length;
    this.querySelector("[data-open-alone]").hidden = !this.tabs.length;
    this.querySelector("[data-tab-more]").disabled = !this.tabs.length;
    if (this.current) this.pick(this.current, { tell: false });
  }

  async change(method, url, values) {
    await htmx.ajax(method, url, { source: this.list, target: this.list, swap: "innerHTML", values });
    this.reconcile();
  }

  async open({ url, title = "", kind = "" }) {
    await this.change("POST", this.address, { url, title, kind });
    this.current?.focus();
  }

  async close(tab) {
    if (!tab) return;
    await this.change("DELETE", `${this.address}/${tab.dataset.tab}`);
    (this.current ?? this.querySelector(".open-button"))?.focus();
  }

  otherWindow({ session, tabs }) {
    const same = tabs.join() === this.tabs.map((tab) => tab.dataset.tab).join();
    if (session === this.session && !same) this.change("GET", this.address);
  }

  // The server keeps the order; whoever does not see the tab move hears where it is.
  arranged(tab) {
    const tabs = this.tabs;
    const place = String(tabs.indexOf(tab) + 1);
    const voice = this.querySelector("[data-moved]");
    voice.textContent = voice.dataset.moved.replace("{place}", place).replace("{all}", String(tabs.length));
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    send("PUT", `${this.address}/order`, { tabs: tabs.map((one) => one.dataset.tab) }).catch(() => {});
  }

  move(tab, by) {
    if (!tab || !step(this.list, tab, by)) return;
    tab.focus();
    this.arranged(tab);
  }

  tool(event) {
    const tool = event.target.closest("button");
    const tab = this.current;
    if (!tool || !tab) return;
    if ("closeTab" in tool.dataset) this.close(tab);
    else if ("closeOthers" in tool.dataset) this.change("DELETE", `${this.address}/${tab.dataset.tab}/others`).then(() => this.current?.focus());
    else if ("reloadTab" in tool.dataset) this.load(tab, true);
    else if ("copyTab" in tool.dataset) this.copy(tab, tool.dataset.copied);
    else if (tool.dataset.moveTab) this.move(tab, Number(tool.dataset.moveTab));
  }

  // The link opens this session and this tab, for whoever may see them.
  async copy(tab, said) {
    const words = new URLSearchParams({ session: this.session, tab: tab.dataset.url, kind: tab.dataset.kind ?? "" });
    await navigator.clipboard?.writeText(`${location.origin}/desk?${words}`);
    toast(said, "ok");
    this.querySelector("[data-tab-more]").focus();
  }

  key(event) {
    const tabs = this.tabs;
    const here = tabs.indexOf(event.target.closest('[role="tab"]'));
    if (event.ctrlKey && event.shiftKey && KEYS[event.key]) {
      event.preventDefault();
      this.move(tabs[here], KEYS[event.key]);
      return;
    }
    let next = KEYS[event.key] ? (here + KEYS[event.key] + tabs.length) % tabs.length : -1;
    if (event.key === "Home") next = 0;
    if (event.key === "End") next = tabs.length - 1;
    if (event.key === "Delete") this.close(tabs[here]);
    if (next < 0) return;
    event.preventDefault();
    this.pick(tabs[next], { focus: true });
  }
}

customElements.define("app-tabs", AppTabs);
