// Toasts leave by themselves, except errors. A response can add one with the header
// HX-Trigger: {"toast": {"text": "Saved.", "level": "good", "undo": 17}} with the id of a change that can be undone
const LIFETIME = 6000;
const LIFETIME_WITH_BUTTON = 30000;

function arm(toast) {
  const close = toast.querySelector(".toast-close");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  if (toast.matches(".toast-bad, .toast-warn")) return;
  const lifetime = toast.querySelector("form:not([hidden])") ? LIFETIME_WITH_BUTTON : LIFETIME;
  let timer = setTimeout(() => toast.remove(), lifetime);
  const hold = () => clearTimeout(timer);
  const release = () => { hold(); timer = setTimeout(() => toast.remove(), lifetime); };
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("mouseleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}

function show({ text, level = "good", undo }) {
  const toast = document.getElementById("toast-template").content.cloneNode(true).firstElementChild;
  toast.classList.add(`toast-${level}`);
  toast.querySelector("p").textContent = text;
  const form = toast.querySelector("form");
  if (undo && form) {
    form.elements.namedItem("action").value = undo;
    form.elements.namedItem("next").value = location.pathname + location.search;
    form.hidden = false;
  }
  document.getElementById("toasts").append(toast);
  arm(toast);
}

document.querySelectorAll(".toast").forEach(arm);
document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("htmx:sendError", () => show({ text: "No connection. Nothing was saved.", level: "bad" }));
document.addEventListener("htmx:responseError", (event) => {
  const isStale = [400, 403, 404].includes(event.detail.xhr.status);
  show({ text: isStale ? "That did not work. Reload the page, then try again." : "That did not work. Please try again in a moment.", level: "bad" });
});
