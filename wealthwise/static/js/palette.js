// One field that leads to every page, account, category, and what this page can do; keyboard.js shows its dialog and
// brings this script when it is asked for the first time. What was typed meanwhile is looked for at once.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog?.showModal || !window.listbox) return;
  const field = document.getElementById("palette-field");
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let places = null; // of the person, asked for once a page

  const nameOf = (control) => (control.ariaLabel ?? control.getAttribute("aria-label") ?? [...control.childNodes]
    .filter((node) => !node.matches?.("svg, kbd")).map((node) => node.textContent).join("")).trim();

  // Pages are the links of the navigation; actions are the controls that one sees, outside rows.
  function ofThePage() {
    const pages = [...document.querySelectorAll(".sidebar .nav a")].map((link) => ({ text: nameOf(link), note: "Page", control: link }));
    const actions = [...document.querySelectorAll(".page-actions :is(a, button), .period-switch > a, .period-switch button, .sidebar > .btn-primary, .sidebar-foot button, .sidebar-foot a, main [data-key], main .toolbar > a, .ledger-note a")]
      .filter((control) => !control.matches("[data-palette]") && nameOf(control) && !control.closest("[hidden]"))
      .map((control) => ({ text: nameOf(control), note: "Action", control }));
    return [...pages, ...actions];
  }

  async function find(text) {
    if (!places) {
      const answer = await fetch(dialog.dataset.places).then((r) => (r.ok ? r.json() : {})).catch(() => ({}));
      places = (answer.places ?? []).map(([name, address, note]) => ({ text: name, note, address }));
    }
    const words = fold(text).split(/\s+/).filter(Boolean);
    const known = [...ofThePage(), ...places];
    const rank = (item) => (fold(item.text).startsWith(words[0] ?? "") ? 0 : 1);
    return known
      .filter((item) => words.every((word) => fold(`${item.text} ${item.note}`).includes(word)))
      .sort((a, b) => rank(a) - rank(b));
  }

  function choose({ control, address }) {
    dialog.close();
    if (control) control.click();
    else location.assign(address);
    return false;
  }

  const box = listbox(field, { find, choose });
  field.addEventListener("keydown", (event) => { if (event.key === "Escape") dialog.close(); });
  const open = () => box.open(field.value);
  document.addEventListener("palette", open);
  open();
})();
