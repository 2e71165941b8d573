// Brings the page up to date where it stands, when something was saved that it shows: no reload, the place stays.
// A page that does not say that it can (data-live), such as one with a form that one fills in, is left alone.
(() => {
  const main = () => document.getElementById("main");

  async function refresh() {
    if (!main().hasAttribute("data-live")) return;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page && page.querySelector(".has-sidebar #main");
    if (!fresh) return location.reload();
    const rows = main().querySelectorAll(".ledger .row").length, place = scrollY;
    for (const old of [...main().children]) if (!old.matches("link")) old.remove();
    for (const node of [...fresh.children]) {
      if (node.matches("link") && main().querySelector(`link[href="${node.getAttribute("href")}"]`)) continue;
      main().append(document.adoptNode(node));
    }
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
