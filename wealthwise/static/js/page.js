// Small comforts of every page, in one file: as files of their own they cost more in headers than in words.

// Switches light, dark and system at once; the server remembers it. Without this the form just posts.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-theme-form]");
  const choice = event.submitter?.value;
  if (!form || !choice) return;
  event.preventDefault();
  document.documentElement.dataset.theme = choice;
  for (const button of document.querySelectorAll("[data-theme-form] button")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const isDark = choice === "system" ? meta.media.includes("dark") : choice === "dark";
    meta.content = isDark ? "#0f1117" : "#f5f6fa";
  }
  const body = new FormData(form);
  body.set("theme", choice);
  fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
});

// Of tabs that do not all fit the current one is in view.
for (const tab of document.querySelectorAll(".report-tabs [aria-current]")) {
  const { parentElement: tabs } = tab;
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

// <details class="menu"> closes on Escape and on a click elsewhere, as people expect of a menu.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Blurs amounts for those who look over a shoulder; a cookie keeps the choice so that no page flashes them.
// Without this the form posts, and the server sets the same cookie.
const toggles = document.querySelectorAll("[data-blur-toggle]");
const safe = location.protocol === "https:" ? "; secure" : "";

function toggleBlur(event) {
  event.preventDefault();
  const blurred = document.body.classList.toggle("blur-amounts");
  document.cookie = `blur_amounts=${blurred ? 1 : ""}; path=/; samesite=lax; max-age=${blurred ? 31536000 : 0}${safe}`;
  for (const toggle of toggles) {
    toggle.setAttribute("aria-pressed", String(blurred));
    toggle.value = blurred ? "0" : "1";
  }
}

for (const toggle of toggles) toggle.addEventListener("click", toggleBlur);

// data-dialog-open="id" opens a <dialog>; data-dialog-close, or a click on the backdrop, closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  } else if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog.dialog")) {
    event.target.closest("dialog")?.close();
  }
});

// Registers the worker that keeps static files and the offline page. A browser without one loses nothing.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
