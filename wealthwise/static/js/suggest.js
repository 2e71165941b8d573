// Where a description belongs by a rule or by what was done before, with the reason, unless one was chosen already.
(() => {
  const say = (form, text) => {
    const place = form.querySelector("[data-suggest-reason]");
    if (place) place.textContent = text;
  };

  document.addEventListener("change", async (event) => {
    const form = event.target.closest("form[data-suggest]");
    const { description, subcategory } = form?.elements ?? {};
    if (!subcategory) return;
    if (event.target === subcategory) {
      delete form.dataset.suggested;
      say(form, "");
    }
    if (event.target !== description || (subcategory.value && !form.dataset.suggested)) return;
    const asked = description.value.trim();
    const query = new URLSearchParams({ description: asked });
    for (const name of ["direction", "amount", "account"]) query.set(name, form.elements[name]?.value ?? "");
    const answer = asked
      ? await fetch(`${form.dataset.suggest}?${query}`).then((r) => (r.ok ? r.json() : {})).catch(() => ({}))
      : {};
    const isTaken = subcategory.value && !form.dataset.suggested; // chosen by hand meanwhile
    if (isTaken || description.value.trim() !== asked) return;
    subcategory.value = answer.subcategory ?? "";
    form.dataset.suggested = answer.subcategory ? "1" : "";
    const name = subcategory.selectedOptions[0]?.text;
    say(form, answer.subcategory ? `${name} is suggested, ${answer.reason}.` : "");
  });
})();
