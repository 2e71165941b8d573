// What is left goes into the amount of a part that is entered empty; Ctrl+Enter saves. All of it works without this.
(() => {
  const form = document.querySelector("form[data-split]");
  form.addEventListener("focusin", (event) => {
    const { target } = event;
    const fill = form.querySelector("[data-fill]")?.dataset.fill;
    if (!fill || target.value || !target.matches('[name^="part-"][name$="-amount"]')) return;
    target.value = fill;
    target.select();
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".btn-primary"));
  });
})();
