// The session ended while somebody was working: sign in here, then the refused request goes again. Nothing typed is lost.
const waiting = [];
const dialog = document.getElementById("session-expired");
const form = document.getElementById("session-expired-form");

document.addEventListener("session:expired", (event) => {
  if (!dialog) return;
  waiting.push(event.detail.again);
  if (!dialog.open) dialog.showModal();
});

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-name]")) body.set(input.dataset.name, input.value);
  body.set("again", "yes");
  let token = "";
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    token = response.ok ? response.headers.get("X-CSRF-Token") ?? "" : "";
  } catch {
    token = "";
  }
  form.querySelector("[data-refused]").hidden = Boolean(token);
  if (!token) return;
  for (const input of document.querySelectorAll('input[name="csrf"]')) input.value = token;
  form.reset();
  dialog.close();
  document.dispatchEvent(new CustomEvent("session:renewed"));
  for (const again of waiting.splice(0)) again();
});
