// htmx under the strict policy: it alone may turn text into page parts, it evaluates nothing,
// every request carries the CSRF token, and a refusal is said in words.
import htmx from "./vendor/htmx-4.0.1.esm.min.js";
import { toast } from "./toasts.js";

const plain = { createHTML: (text) => text };
// One named policy, used by htmx alone for answers of our own server.
const policy = window.trustedTypes ? window.trustedTypes.createPolicy("sportello", plain) : plain;

function refuse() {
  throw new Error("text is never evaluated");
}

htmx.registerExtension("sportello", {
  init(api) {
    api.initSecurity(policy, refuse, refuse);
  },
});

// Every page of somebody signed in holds the token in its forms.
export function csrf() {
  return document.querySelector('input[name="csrf"]')?.value ?? "";
}

document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  if (request.method !== "GET") request.headers["X-CSRF-Token"] = csrf();
});

const words = () => document.getElementById("words")?.dataset ?? {};

// What the server says of a failure: who is away, or the reference to tell.
function told(ctx) {
  if (!/^text\/html/.test(ctx.response.headers.get("Content-Type"))) return "";
  const page = new DOMParser().parseFromString(policy.createHTML(ctx.text), "text/html");
  return page.querySelector("[role=alert]")?.textContent.replace(/\s+/g, " ").trim();
}

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const status = ctx.response.status;
  if (status === 401) {
    document.dispatchEvent(new CustomEvent("session:expired", { detail: { again: () => again(ctx) } }));
  } else if (status === 403) toast(words().forbidden, "danger");
  else if (status === 404) toast(words().missing, "warn");
  else if (status < 500 && /^application\/json/.test(ctx.response.headers.get("Content-Type"))) {
    // A refusal of a door for machines and pages alike: its sentence is for the person.
    toast(JSON.parse(ctx.text).error ?? words().failed, "warn");
  } else if (status >= 500) toast(told(ctx) || words().failed, "danger");
});
document.addEventListener("htmx:error", (event) => {
  // A part that renews itself asks again; the state of the line says already that there is no connection.
  if (event.detail.ctx?.sourceElement?.matches?.("[data-region]")) return;
  if (event.detail.error instanceof TypeError) toast(words().unreachable, "danger");
});

// Sends the refused request once more, as the person had filled it in.
function again(ctx) {
  const { sourceElement: element, sourceEvent: trigger } = ctx;
  if (!element.isConnected) return;
  if (element instanceof HTMLFormElement) element.requestSubmit(trigger?.submitter ?? null);
  else htmx.trigger(element, trigger?.type ?? "click");
}

// A JSON intent of our own modules; answers the Response, and asks for a sign-in when the session is over.
export async function send(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), "HX-Request": "true" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status !== 401) return response;
  await new Promise((resolve) => {
    document.dispatchEvent(new CustomEvent("session:expired", { detail: { again: resolve } }));
  });
  return send(method, url, body);
}

// In what has just come, the summary of errors, or what asks for it, takes the focus; so it does on a new page, but at
// the desk, whose sessions lie behind each other.
if (!location.hash) document.querySelector("main [data-takes-focus]:not(desk-app *)")?.focus();

document.addEventListener("htmx:after:settle", (event) => {
  for (const node of event.detail.newContent) {
    const taker = node.matches?.("[data-takes-focus]") ? node : node.querySelector?.("[data-takes-focus]");
    if (taker) {
      taker.focus();
      return;
    }
  }
});

window.htmx = htmx;
export { htmx };
