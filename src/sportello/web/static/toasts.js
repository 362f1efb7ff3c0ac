// A sentence that comes up at the corner and is read aloud; it stays long enough to be read, or until closed.
export function toast(text, kind = "") {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  const body = document.createElement("div");
  body.className = "body";
  body.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small square";
  close.textContent = "×";
  close.setAttribute("aria-label", document.getElementById("words")?.dataset.close ?? "");
  close.addEventListener("click", () => notice.remove());
  notice.append(body, close);
  place.append(notice);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => notice.remove(), 12000);
}

// A server's answer says a sentence by the header HX-Trigger: {"notice": {"text": …, "kind": …}}.
document.addEventListener("notice", (event) => toast(event.detail.text, event.detail.kind));
