// Comforts of the budget table: Enter and the arrows walk through the amounts. Fields save themselves by htmx.
const table = document.querySelector("form[data-budget]");

table?.addEventListener("keydown", (event) => {
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".cell-input")) return;
  event.preventDefault();
  const fields = [...table.querySelectorAll(".budget-group[open] .cell-input")];
  const next = fields[fields.indexOf(event.target) + step];
  if (next) next.focus();
  else event.target.blur();
});
table?.addEventListener("focusin", (event) => {
  if (event.target.matches(".cell-input")) event.target.select();
});
