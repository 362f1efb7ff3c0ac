// Starts every page that asks for parts of itself: htmx with its guards, dialogs, colours, clocks, tabs, the expired session.
import { htmx } from "./requests.js";
import "./dialogs.js";
import "./clocks.js";
import "./colours.js";
import "./tabs.js";
import "./session-expired.js";

export { htmx };
