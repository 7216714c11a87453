// Everything works without this file; it only adds: focus on the error summary, the folding menu
// on a phone, the character count, protection from a double press.
import { initAll } from "./{{asset:design-system.js}}";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
