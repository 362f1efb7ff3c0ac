// What the palette can do by name: it presses the button that stands on the page for it.
import { shown } from "./stage.js";

const byId = (id) => document.getElementById(id);
const press = (element) => element?.click();

const COMMANDS = {
  presence: (value) => press(document.querySelector(`#presence-menu [value="${CSS.escape(value)}"]`)),
  theme: (value) => press(document.querySelector(`[data-theme-choice="${CSS.escape(value)}"]`)),
  density: (value) => press(document.querySelector(`[data-density-choice="${CSS.escape(value)}"]`)),
  help: () => byId("keyboard-help")?.showModal(),
  silence: () => press(document.querySelector("[data-silence]")),
  end: () => press(shown()?.querySelector("form[hx-post$='/ending'] button")),
  release: () => press(shown()?.querySelector("[data-release]")),
  desk: (command) => document.dispatchEvent(new CustomEvent("desk:command", { detail: { command } })),
  compose: () => shown()?.querySelector("message-composer textarea")?.focus(),
  "sign-out": () => press(document.querySelector("form[action='/sign-out'] button")),
};

export function run(command) {
  const [name, ...rest] = command.split(":");
  COMMANDS[name]?.(rest.join(":"));
}
