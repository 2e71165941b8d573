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
