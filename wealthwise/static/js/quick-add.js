// A link to the add page opens its form in a dialog instead, on every page but the entry pages themselves.
(() => {
  const dialog = document.getElementById("quick-add");
  const body = document.getElementById("quick-add-body");
  if (!dialog?.showModal || !window.htmx || document.querySelector("form[data-entry]")) return;
  let isStale = false; // rows were added that the page below does not show yet

  const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const reload = () => location.assign(location.pathname + location.search);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (event.defaultPrevented || !isPlain(event) || link?.getAttribute("href") !== dialog.dataset.href) return;
    event.preventDefault();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    if (!dialog.open) htmx.ajax("GET", dialog.dataset.url, { target: body, swap: "innerHTML" });
  });

  body.addEventListener("htmx:afterSwap", () => {
    const form = body.querySelector("form");
    if (!form) return;
    if (!dialog.open) dialog.showModal();
    const first = form.querySelector("[aria-invalid=true]") ?? form.elements.amount;
    if (document.getElementById("quick-said")) first.setAttribute("aria-describedby", "quick-said");
    first.focus();
  });

  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    body.querySelector("[name=another]")?.click();
  });

  document.addEventListener("quick-add-kept", () => { isStale = true; });
  document.addEventListener("quick-add-saved", () => { isStale = true; dialog.close(); });
  dialog.addEventListener("close", () => {
    body.replaceChildren();
    if (isStale) reload();
  });
})();
