// Everything works without this file; it only adds: focus on the error summary, the folding menu
// on a phone, the character count, protection from a double press, the code of a scanned voucher.
import { initAll } from "./{{asset:design-system.js}}";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A QR code carries its code behind the # of the address, where no server's log sees it. While the
// provider signs in, this tab keeps it; the first form it fits in takes it out again.
const KEPT = "scanned-voucher-code";
const scanned = location.hash.slice(1);
const isCode = /^[0-9A-Za-z*~$=-]{13,20}$/.test(scanned);
const takesScan = document.querySelectorAll("[data-keep-scan], [data-fill-from-scan]");
if (isCode && takesScan.length) {
  sessionStorage.setItem(KEPT, scanned);
  history.replaceState(null, "", location.pathname + location.search);
}
for (const part of document.querySelectorAll("[data-keep-scan]")) {
  const kept = sessionStorage.getItem(KEPT) !== null;
  part.querySelector("[data-kept]").hidden = !kept;
  part.querySelector("[data-not-kept]").hidden = kept;
}
for (const part of document.querySelectorAll("[data-fill-from-scan]")) {
  const box = part.querySelector("input");
  if (box && !box.value) box.value = sessionStorage.getItem(KEPT) ?? "";
  sessionStorage.removeItem(KEPT);
}
