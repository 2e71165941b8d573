// The list's comforts: ranges and whole pages of selected rows, the keys of the list, and editing in place.
// Without this the checkboxes post, and a row leads to its page.
(() => {
  const ledger = document.querySelector("[data-ledger]");
  const bulk = document.querySelector("[data-bulk]");
  if (!ledger || !bulk) return;
  const page = document.querySelector("[data-select-page]");
  const count = bulk.querySelector("[data-bulk-count]");
  const all = bulk.elements.all;
  const rows = () => [...ledger.querySelectorAll(".row")];
  const boxes = () => [...ledger.querySelectorAll(".row-check input")];
  const boxOf = (row) => row?.querySelector(".row-check input");
  let anchor = null; // the checkbox that a range starts from
  let place = null; // the row that the keys are at

  function show() {
    const chosen = boxes().filter((box) => box.checked).length;
    const text = `${all?.checked ? `All ${all.dataset.total}` : chosen} selected`;
    if (count.textContent !== text) count.textContent = text;
    page.checked = chosen > 0 && chosen === boxes().length;
    page.indeterminate = chosen > 0 && !page.checked;
  }

  function select(box, isRange) {
    const every = boxes();
    const [from, to] = [every.indexOf(anchor), every.indexOf(box)].sort((a, b) => a - b);
    if (isRange && from >= 0) for (const between of every.slice(from, to + 1)) between.checked = box.checked;
    anchor = box;
    if (all) all.checked = false;
    show();
  }

  const current = () => document.activeElement.closest("[data-ledger] .row") ?? (place?.isConnected ? place : null);

  function step(by) {
    const every = rows();
    const from = current();
    const next = every[from ? every.indexOf(from) + by : 0];
    if (!next) return;
    place = next;
    (next.querySelector("a.row-main") ?? next.querySelector("[name=amount]"))?.focus();
  }

  function edit(row) {
    const link = row?.querySelector("a.row-main");
    if (!link) return;
    const address = new URL(link.href);
    htmx.ajax("GET", `${address.pathname}inline/${address.search}`, { target: row, swap: "outerHTML" });
  }

  const keys = {
    x: () => toggle(false),
    X: () => toggle(true),
    e: () => edit(current()),
  };
  function toggle(isRange) {
    const box = boxOf(current());
    if (!box) return;
    box.checked = isRange || !box.checked;
    select(box, isRange);
  }

  document.addEventListener("shortcut", (event) => {
    const action = keys[event.detail.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const [key, by] of [["j", 1], ["k", -1]]) {
    const button = document.querySelector(`[data-key="${key}"]`);
    button.hidden = false;
    button.addEventListener("click", () => step(by));
  }

  ledger.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".row-check")) event.preventDefault(); // no text between is marked
  });
  ledger.addEventListener("click", (event) => {
    if (event.target.matches(".row-check input")) {
      place = event.target.closest(".row");
      select(event.target, event.shiftKey);
    } else if (event.target.closest("a.row-main") && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      place = event.target.closest(".row");
      edit(place);
    }
  });
  ledger.addEventListener("focusin", (event) => { place = event.target.closest(".row") ?? place; });
  ledger.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-inline]");
    if (form && event.key === "Escape") form.querySelector("[data-cancel]").click();
    else if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  page.closest("label").hidden = false;
  page.addEventListener("change", () => {
    for (const box of boxes()) box.checked = page.checked;
    if (all) all.checked = false;
    show();
  });
  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    show();
  });
  bulk.addEventListener("reset", () => setTimeout(show));
  // One field for all ids: a long selection would otherwise be thousands of fields.
  bulk.addEventListener("formdata", ({ formData }) => {
    const ids = formData.getAll("row");
    formData.delete("row");
    if (!formData.has("all")) formData.set("ids", ids.join(","));
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true; // the editor with what is wrong
    event.detail.isError = false;
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (place && !place.isConnected) place = document.activeElement.closest("[data-ledger] .row");
    show();
  });
  show();
})();
