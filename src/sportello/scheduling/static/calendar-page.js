// The calendar on a page of its own.
import "../web/app.js";
import "./calendar.js";
