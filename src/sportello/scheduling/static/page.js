// The page around a part of scheduling that was opened by its address.
import "../web/app.js";
import "./wizard.js";
