// The admin's autocomplete makes a search box of its own, some time later and without a name: it takes its field's.
document.addEventListener("DOMContentLoaded", () => {
  const name = () => {
    for (const box of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      const select = box.closest(".select2")?.previousElementSibling;
      box.setAttribute("aria-label", select?.labels?.[0]?.textContent.trim() || "Search");
    }
  };
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
});
