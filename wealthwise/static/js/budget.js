// Comforts of the budget table. Fields save themselves by htmx; without this file the whole table is one plain form.
const table = document.querySelector("form[data-budget]");
const REMEMBERED = "budget-closed-groups";

// Enter saves and moves on, as leaving a field saves it; the arrows walk; Escape brings back what is stored.
table?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches(".cell-input")) return;
  if (event.key === "Escape") return restore(field);
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const fields = [...table.querySelectorAll(".budget-group[open] .cell-input")];
  const next = fields[fields.indexOf(field) + step];
  if (next) next.focus();
  else field.blur();
});
table?.addEventListener("focusin", (event) => {
  if (event.target.matches(".cell-input")) event.target.select();
});

function restore(field) {
  field.value = field.parentElement.querySelector("input[type=hidden]").value;
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
  field.parentElement.querySelector(".field-error")?.remove();
  field.select();
}

// Closed groups stay closed on the next visit, unless the address says how the groups are shown.
const groups = [...(table?.querySelectorAll(".budget-group") ?? [])];
const isPlain = table?.dataset.budget === "";

function remembered() {
  try {
    return new Set(JSON.parse(localStorage.getItem(REMEMBERED)) ?? []);
  } catch {
    return new Set();
  }
}
function remember() {
  const closed = remembered();
  for (const group of groups) closed[group.open ? "delete" : "add"](group.dataset.group);
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify([...closed]));
  } catch {
    // Without storage the groups are open on the next visit.
  }
}

if (isPlain) {
  const closed = remembered();
  // An address that points at a field opens its group.
  const wanted = location.hash && document.getElementById(location.hash.slice(1))?.closest(".budget-group");
  for (const group of groups) if (group !== wanted && closed.has(group.dataset.group)) group.open = false;
}
table?.addEventListener("click", (event) => {
  // The group opens or closes after this click.
  if (isPlain && event.target.closest("summary")) setTimeout(remember);
});
for (const link of document.querySelectorAll("[data-fold]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    for (const group of groups) group.open = link.dataset.fold === "open";
    if (isPlain) remember();
  });
}
