// Filters the answers while one types; the form does the same on the server.
const search = document.querySelector("[data-help-search]");
const found = document.querySelector("[data-help-found]");
const none = document.querySelector("[data-help-none]");
let pause;

function filter() {
  const words = search.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const group of document.querySelectorAll("[data-help-group]")) {
    let inGroup = 0;
    for (const topic of group.querySelectorAll("[data-words]")) {
      topic.hidden = !words.every((word) => topic.dataset.words.includes(word));
      if (topic.hidden) continue;
      inGroup += 1;
      topic.open = words.length > 0;
    }
    group.hidden = inGroup === 0;
    count += inGroup;
  }
  none.hidden = count > 0;
  found.textContent = words.length ? `${count} answer${count === 1 ? "" : "s"}` : "";
  clearTimeout(pause);
  pause = setTimeout(() => {
    document.dispatchEvent(new CustomEvent("announce", { detail: { text: found.textContent || "All answers" } }));
  }, 600);
}

// After a search on the server only its answers are here: then the form goes there again.
if (!search.elements.q.value) search.elements.q.addEventListener("input", filter);
// A link to one answer opens it.
const linked = document.getElementById(location.hash.slice(1));
if (linked?.matches("details")) linked.open = true;
