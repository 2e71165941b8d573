// Blurs amounts for those who look over a shoulder; a cookie keeps the choice so that no page flashes them.
const toggles = document.querySelectorAll("[data-blur-toggle]");

function toggleBlur() {
  const blurred = document.body.classList.toggle("blur-amounts");
  document.cookie = `blur_amounts=${blurred ? 1 : ""}; path=/; samesite=lax; max-age=${blurred ? 31536000 : 0}`;
  for (const toggle of toggles) toggle.setAttribute("aria-pressed", String(blurred));
}

for (const toggle of toggles) {
  toggle.hidden = false;
  toggle.addEventListener("click", toggleBlur);
}
