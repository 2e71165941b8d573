// Single keys. A key clicks the control that carries it in data-key; what has no control of its own is told
// to the page by the event "shortcut". Nothing happens while somebody types, in dialogs, and with modifiers.
(() => {
  const isTyping = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox]), textarea, select");
  const searchField = () => document.querySelector("main input[type=search]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    const told = new CustomEvent("shortcut", { detail: { key: event.key }, cancelable: true });
    if (control) {
      event.preventDefault();
      control.click();
    } else if (!document.dispatchEvent(told)) {
      event.preventDefault();
    }
  });

  // The command palette: Ctrl+K (Cmd+K), or a button. Its field takes keys before its script has come.
  function palette() {
    const dialog = document.getElementById("palette");
    if (!dialog.showModal) return;
    for (const other of document.querySelectorAll("dialog[open]")) if (other !== dialog) other.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    if (!dialog.open) dialog.showModal();
    const field = dialog.querySelector("input");
    field.value = "";
    field.focus();
    if (!dialog.dataset.script) return document.dispatchEvent(new CustomEvent("palette"));
    const script = document.createElement("script");
    script.src = dialog.dataset.script;
    delete dialog.dataset.script;
    return document.head.append(script);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    palette();
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-palette]")) palette(); });
  for (const button of document.querySelectorAll("[data-palette]")) button.hidden = false;

  // Searching stays on a page that has a search field.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('[data-key="/"]') || !searchField()) return;
    event.preventDefault();
    document.querySelector("dialog[open]")?.close();
    searchField().select();
    searchField().focus();
  });
  if (location.hash === "#filter_q") searchField()?.focus();
})();
