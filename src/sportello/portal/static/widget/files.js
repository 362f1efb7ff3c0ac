// Files both ways: chosen, taken with the camera, pasted or dropped; each is one message, sent again under its own id.
// A file lives in the page until the hospital has it; what the hospital keeps is fetched with the talk's token.
import { ICONS, icon, make } from "./make.js";
import { newId, remembered } from "./memory.js";
import { HOUSE, say, speaking } from "./words.js";

function sizeOf(size) {
  const form = (number, digits) => new Intl.NumberFormat(speaking(), { maximumFractionDigits: digits }).format(number);
  return size < 1e6 ? `${form(Math.max(1, Math.round(size / 1e3)), 0)} kB` : `${form(size / 1e6, 1)} MB`;
}

async function fetched(file, thumbnail) {
  const answer = await fetch(new URL("/portal/chat/file", HOUSE.base), {
    method: "POST", cache: "no-store", credentials: "omit", body: JSON.stringify({ file, thumbnail }),
    headers: { "content-type": "application/json", authorization: `Bearer ${remembered().token}` },
  });
  return answer.ok ? answer.blob() : null;
}

// A data: address, for the page's policy may forbid blob: pictures.
const asData = (blob) => new Promise((resolve) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.readAsDataURL(blob);
});

async function download(file, place) {
  const blob = await fetched(file.id, false).catch(() => null);
  if (!blob) {
    place.textContent = say("gone_file");
    return;
  }
  const link = make("a", { href: URL.createObjectURL(blob), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// How a file stands in a row. One on its way has no id yet and a bar instead of a button.
export function fileOf(file) {
  const name = make("span", { dir: "auto" }, `${file.name} (${sizeOf(file.size)})`);
  if (!file.id) return make("div", { class: "file" }, icon(ICONS.attach), name, make("progress", { max: "100", "aria-label": file.name }));
  const button = make("button", { type: "button", class: "file", title: say("download", { name: file.name }) }, icon(ICONS.attach), name);
  button.addEventListener("click", () => download(file, name));
  if (file.pictured) {
    fetched(file.id, true).then(async (blob) => {
      if (blob) button.firstChild.replaceWith(make("img", { src: await asData(blob), alt: "" }));
    }, () => {});
  }
  return button;
}

export class Files {
  constructor(talk, shown, view) {
    Object.assign(this, { talk, shown, view, kept: new Map() });
    talk.files = this;
    view.attach.addEventListener("click", () => view.pick.click());
    view.pick.addEventListener("change", () => {
      this.take(view.pick.files);
      view.pick.value = "";
      view.text.focus();
    });
    view.text.addEventListener("paste", (event) => {
      const { files } = event.clipboardData || {};
      if (!files?.length) return;
      event.preventDefault();
      this.take(files);
    });
    view.panel.addEventListener("dragover", (event) => {
      if (view.composer.hidden || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      view.panel.dataset.over = "";
    });
    for (const name of ["dragleave", "drop"]) view.panel.addEventListener(name, () => delete view.panel.dataset.over);
    view.panel.addEventListener("drop", (event) => {
      if (view.composer.hidden || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    for (const file of [...files].slice(0, 10)) {
      const id = newId();
      this.kept.set(id, file);
      this.send(id);
    }
  }

  async send(id) {
    const file = this.kept.get(id);
    const body = { attachment: { name: file.name, size: file.size } };
    this.shown.row({ id, by: "patient", at: new Date().toISOString(), state: "sending", body });
    const answer = (await this.talk.begun()) || (await this.upload(id, file));
    if (answer.ok) this.kept.delete(id);
    else this.shown.mark(id, "failed", answer.text || say("no_network"));
  }

  // The older way to send, for it alone tells how far a file has come.
  upload(id, file) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", new URL("/portal/chat/files", HOUSE.base));
      request.setRequestHeader("authorization", `Bearer ${remembered().token}`);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("x-file-id", id);
      request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
      request.setRequestHeader("accept-language", speaking());
      request.upload.onprogress = ({ loaded, total }) => {
        const bar = this.shown.find(id)?.querySelector("progress");
        if (bar) bar.value = (100 * loaded) / total;
      };
      request.onerror = () => resolve({ ok: false });
      request.onload = () => {
        let text = "";
        try {
          text = JSON.parse(request.responseText).error;
        } catch {
          // No sentence of ours: a gateway in between.
        }
        resolve({ ok: request.status === 200, text: text || say("not_sent") });
      };
      request.send(file);
    });
  }

  again(id) {
    if (this.kept.has(id)) this.send(id);
  }

  discard(id) {
    this.kept.delete(id);
  }
}
