// Everything works without this file; it only adds: focus on the error summary, the folding menu
// on a phone, the character count, protection from a double press, the code of a scanned voucher.
import { initAll } from "./{{asset:design-system.js}}";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A QR code carries its code behind the # of the address, where no server's log sees it.
const scanned = decodeURIComponent(location.hash.slice(1));
for (const part of document.querySelectorAll("[data-fill-from-address]")) {
  const box = part.querySelector("input");
  if (box && !box.value && /^[0-9A-Za-z*~$=-]{13,20}$/.test(scanned)) {
    box.value = scanned;
    history.replaceState(null, "", location.pathname);
  }
}
