// After a swap: focus that was inside what went away moves to what came, and the one live region says what happened.
// A link or form with data-announce="Saved." gives the words.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, [tabindex]";
let isFocusLost = false;

function announce(text) {
  const region = document.querySelector("#toasts [data-announcer]");
  if (region) region.textContent = text;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, pathInfo, requestConfig } = event.detail;
  const isWhereAsked = new URL(xhr.responseURL).pathname === new URL(pathInfo.requestPath, location.href).pathname;
  const isSelected = isWhereAsked && requestConfig.elt.closest("[hx-select]");
  // A whole page is never part of one, unless a part of it was asked for: the session has ended, and this is
  // the way to sign in.
  if (/^\s*<!doctype html/i.test(xhr.responseText) && event.detail.shouldSwap && !isSelected) {
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
