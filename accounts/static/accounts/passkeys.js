// Passkeys: hides what the browser cannot do, and says what went wrong in a sentence.
if (!window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-needs-passkeys]")) button.hidden = true;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const refused = event.detail.exception?.name === "NotAllowedError";
  const text = refused ? "No passkey was used. Try again, or sign in another way." : "The passkey did not work.";
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
});
