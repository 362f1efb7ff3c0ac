// A colleague called: where their name leads, and that it was looked at.
import { send } from "../web/requests.js";
import { refresh } from "./regions.js";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-mention]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  await send("POST", `/desk/mentions/${link.dataset.mention}/seen`);
  const own = document.querySelector(`a[data-session="${CSS.escape(link.dataset.mention)}"]`);
  refresh("mentions");
  if (own) own.click();
  else location.assign(link.href);
});
