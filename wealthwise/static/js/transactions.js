// Comforts of the transaction pages. All of them work without this.
const entry = document.querySelector("form[data-entry]");

if (entry) {
  // Ctrl+Enter (Cmd+Enter) saves and starts another; when editing, it saves.
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    entry.requestSubmit(entry.querySelector("[name=another]") ?? entry.querySelector(".btn-primary"));
  });
}

// Empty fields of the filter stay out of the address.
document.querySelector("form[data-filter]")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
