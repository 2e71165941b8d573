// Comforts of the transaction pages. All of them work without this.
const entry = document.querySelector("form[data-entry]");

if (entry) {
  // Ctrl+Enter (Cmd+Enter) saves and starts another; when editing, it saves.
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    entry.requestSubmit(entry.querySelector("[name=another]") ?? entry.querySelector(".btn-primary"));
  });

  // The subcategory that this description had last, unless one was chosen already.
  const { description, subcategory } = entry.elements;
  let isChosen = Boolean(subcategory?.value);
  subcategory?.addEventListener("change", () => { isChosen = Boolean(subcategory.value); });
  description?.addEventListener("change", async () => {
    if (!subcategory || isChosen || !description.value.trim()) return;
    const query = new URLSearchParams({ description: description.value });
    const answer = await fetch(`${entry.dataset.suggest}?${query}`).then((r) => (r.ok ? r.json() : {})).catch(() => ({}));
    if (!isChosen && answer.subcategory) subcategory.value = answer.subcategory;
  });
}

// Empty fields of the filter stay out of the address.
document.querySelector("form[data-filter]")?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
