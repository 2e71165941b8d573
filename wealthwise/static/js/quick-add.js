// A link to the add page opens the dialog that every page has, at once; what it needs of the person follows while the
// amount is typed. What was typed stays when it closes. Once saved, the page below is brought up to date where it stands.
(() => {
  const dialog = document.getElementById("quick-add");
  const body = document.getElementById("quick-add-body");
  if (!dialog?.showModal || !window.htmx || document.querySelector("form[data-entry]")) return;
  const kept = document.getElementById("quick-kept");
  const blank = document.getElementById("quick-add-blank");
  let isStale = false; // rows were added that the page below does not show yet
  let isTyped = false;
  let begun = null; // what the form was asked for with
  let isAnotherWanted = false; // it was asked for by its keys before the rest of the form was there

  const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  function ask(query) {
    const account = document.querySelector("[data-page-account]")?.dataset.pageAccount;
    if (account && !query.has("account")) query.set("account", account);
    begun = query.toString();
    const isWhole = ["copy", "direction", "subcategory"].some((name) => query.has(name));
    const target = isWhole ? body : body.querySelector("#quick-rest");
    htmx.ajax("GET", `${dialog.dataset.url}?${query}`, { source: body, target, swap: "innerHTML" });
  }
  function anew(query) {
    isTyped = false;
    body.replaceChildren(blank.content.cloneNode(true));
    htmx.process(body);
    htmx.trigger(body, "htmx:load", { elt: body });
    ask(query);
  }
  function open(query) {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    if (dialog.open) return;
    const isOther = query.has("copy") || query.has("direction");
    if (!isTyped || isOther) anew(query);
    else if (!body.querySelector("#quick-rest > *")) ask(query);
    kept.hidden = !isTyped;
    dialog.showModal();
    focusFirst();
  }
  function focusFirst() {
    const form = body.querySelector("form");
    const first = form?.querySelector("[aria-invalid=true]") ?? form?.elements.amount;
    if (first && document.getElementById("quick-said")) first.setAttribute("aria-describedby", "quick-said");
    first?.focus();
  }

  document.addEventListener("click", (event) => {
    const insert = event.target.closest("[data-insert]");
    if (insert) {
      const field = document.getElementById(insert.dataset.into);
      field.setRangeText(insert.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.focus();
    }
    const link = event.target.closest("a[href]");
    if (event.defaultPrevented || !link || !isPlain(event)) return;
    const address = new URL(link.href);
    if (address.pathname !== dialog.dataset.href || address.origin !== location.origin) return;
    event.preventDefault();
    open(address.searchParams);
  });
  kept.querySelector("[data-quick-anew]").addEventListener("click", () => {
    anew(new URLSearchParams(begun));
    kept.hidden = true;
    focusFirst();
  });

  body.addEventListener("input", () => { isTyped = true; });
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === body && dialog.open) focusFirst();
  });
  body.addEventListener("htmx:beforeRequest", (event) => {
    // Nothing is sent before the rest of the form is there.
    if (event.target.matches("form") && !body.querySelector("#quick-rest > *")) event.preventDefault();
  });
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    body.addEventListener(name, () => { if (!body.querySelector("#quick-rest > *")) dialog.close(); });
  }
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const another = body.querySelector("[name=another]");
    if (another) another.click();
    else isAnotherWanted = true;
  });
  body.addEventListener("htmx:afterSettle", () => {
    if (isAnotherWanted) body.querySelector("[name=another]")?.click();
    isAnotherWanted = false;
  });

  document.addEventListener("quick-add-kept", () => { isStale = true; isTyped = false; kept.hidden = true; });
  document.addEventListener("quick-add-saved", () => { isStale = true; isTyped = false; dialog.close(); });
  dialog.addEventListener("close", () => {
    if (isStale) document.dispatchEvent(new CustomEvent("page-changed"));
    isStale = false;
  });
})();

// Brings the page up to date where it stands, when something was saved that it shows: no reload, the place stays.
// A page that does not say that it can (data-live), such as one with a form that one fills in, is left alone.
(() => {
  const main = () => document.getElementById("main");
  let asked = 0;
  // Rows that are being edited, but for the one that was saved just now: what is typed there stays.
  const edited = (saved) => [...main().querySelectorAll("form[data-inline]")]
    .filter((form) => form !== saved && form.dataset.was !== new URLSearchParams(new FormData(form)).toString())
    .map((form) => form.closest("li"));

  async function refresh(event) {
    if (!main().hasAttribute("data-live")) return;
    const number = ++asked;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return; // something else was saved meanwhile, and is asked for
    const fresh = page && page.querySelector(".has-sidebar #main");
    if (!fresh) return location.reload();
    const rows = main().querySelectorAll(".ledger .row").length, place = scrollY;
    const kept = edited(event.target), focus = document.activeElement;
    for (const old of [...main().children]) if (!old.matches("link")) old.remove();
    for (const node of [...fresh.children]) {
      if (node.matches("link") && main().querySelector(`link[href="${node.getAttribute("href")}"]`)) continue;
      main().append(document.adoptNode(node));
    }
    for (const row of kept) document.getElementById(row.id)?.replaceWith(row);
    if (kept.some((row) => row.contains(focus))) focus.focus();
    htmx.process(main());
    htmx.trigger(main(), "htmx:load", { elt: main() });
    document.dispatchEvent(new CustomEvent("page-refreshed"));
    await older(rows);
    scrollTo(0, place);
    for (const toast of page.querySelectorAll("#toasts .toast")) {
      const level = [...toast.classList].find((name) => name.startsWith("toast-"))?.slice(6) ?? "info";
      const text = toast.querySelector("p").textContent;
      document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }));
    }
  }

  // As many rows as were there before, page by page.
  async function older(rows) {
    while (main().querySelectorAll(".ledger .row").length < rows) {
      const next = main().querySelector(".ledger .pagination a[rel=next]");
      if (!next) return;
      await htmx.ajax("GET", next.getAttribute("href"), { target: next.closest("nav"), swap: "outerHTML" });
    }
  }

  document.addEventListener("page-changed", refresh);
})();
