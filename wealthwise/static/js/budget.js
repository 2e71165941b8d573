// Comforts of the budget table. Fields save themselves by htmx; without this file the whole table is one plain form.
const REMEMBERED = "budget-closed-groups";
const fieldsOf = (table) => [...table.querySelectorAll(".budget-group[open] .cell-input")];

// Enter saves and moves on, as leaving a field saves it; the arrows walk; Escape brings back what is stored.
document.addEventListener("keydown", (event) => {
  const field = event.target, table = field.closest("form[data-budget]");
  if (!table || !field.matches(".cell-input")) return;
  if (event.key === "Escape") return restore(field);
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const fields = fieldsOf(table);
  const next = fields[fields.indexOf(field) + step];
  if (next) next.focus();
  else field.blur();
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches("form[data-budget] .cell-input")) event.target.select();
});

function restore(field) {
  field.value = field.parentElement.querySelector("input[type=hidden]").value;
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  field.parentElement.querySelector(".field-error")?.remove();
  field.select();
}

// Closed groups stay closed on the next visit, unless the address says how the groups are shown.
// The table comes anew when something was saved elsewhere on the page.
const groups = () => [...document.querySelectorAll("form[data-budget] .budget-group")];
const isPlain = () => document.querySelector("form[data-budget]")?.dataset.budget === "";

function remembered() {
  try {
    return new Set(JSON.parse(localStorage.getItem(REMEMBERED)) ?? []);
  } catch {
    return new Set();
  }
}
function remember() {
  const closed = remembered();
  for (const group of groups()) closed[group.open ? "delete" : "add"](group.dataset.group);
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify([...closed]));
  } catch {
    // Without storage the groups are open on the next visit.
  }
}

function fold() {
  if (!isPlain()) return;
  const closed = remembered();
  // An address that points at a field opens its group.
  const wanted = location.hash && document.getElementById(location.hash.slice(1))?.closest(".budget-group");
  for (const group of groups()) if (group !== wanted && closed.has(group.dataset.group)) group.open = false;
}
fold();
document.addEventListener("page-refreshed", fold);
document.addEventListener("click", (event) => {
  // The group opens or closes after this click.
  if (isPlain() && event.target.closest(".budget-group summary")) setTimeout(remember);
  const link = event.target.closest("[data-fold]");
  if (!link) return;
  event.preventDefault();
  for (const group of groups()) group.open = link.dataset.fold === "open";
  if (isPlain()) remember();
});
