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
