// After a swap: focus that was inside what went away moves to what came, and the one live region says what happened.
// A link or form with data-announce="Saved." gives the words.
// Not the checkbox that a row begins with: what it is about comes after it.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden], [type=checkbox], [disabled]), select, textarea, summary, [tabindex]";
let isFocusLost = false;

function announce(text) {
  const region = document.querySelector("#toasts [data-announcer]");
  if (region) region.textContent = text;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, requestConfig } = event.detail;
  // A whole page without the part that was asked for: the session has ended, and this is the way to sign in.
  const part = requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select").replace("#", "");
  const hasPart = part && xhr.responseText.includes(`id="${part}"`);
  if (/^\s*<!doctype html/i.test(xhr.responseText) && !hasPart && event.detail.shouldSwap) {
    event.detail.shouldSwap = false;
    location.assign(location.pathname + location.search);
    return;
  }
  isFocusLost = target.contains(document.activeElement) && document.activeElement !== document.body;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!isFocusLost || document.activeElement !== document.body) return;
  isFocusLost = false;
  const came = event.target;
  (came.matches(FOCUSABLE) ? came : came.querySelector("[autofocus]") ?? came.querySelector(FOCUSABLE))?.focus();
});

document.addEventListener("announce", (event) => announce(event.detail.text));
document.addEventListener("htmx:afterRequest", (event) => {
  const words = event.detail.requestConfig.elt.closest("[data-announce]")?.dataset.announce;
  if (event.detail.successful && words) announce(words);
});
