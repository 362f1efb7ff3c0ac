// A number to be called back at, asked for in the talk itself when the hospital offers it.
import { make } from "./make.js";
import { askCallback } from "./door.js";
import { rowId } from "./rows.js";
import { say } from "./words.js";

export function callingBack(token, id) {
  const field = make("input", { id: `${rowId(id)}-phone`, type: "tel", autocomplete: "tel", required: true });
  const told = make("p", { role: "status" });
  const form = make(
    "form",
    { class: "calling", novalidate: true },
    make("label", { for: field.id }, say("call_phone")),
    field,
    make("button", { type: "submit" }, say("call_me")),
    told,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const kept = await askCallback(token, field.value);
    button.disabled = false;
    told.textContent = kept.ok ? say("call_kept", { phone: field.value }) : kept.text;
    field.setAttribute("aria-invalid", String(!kept.ok));
    if (!kept.ok) return field.focus();
    form.replaceChildren(told);
  });
  return make("li", { id: rowId(id), class: "row note" }, form);
}
