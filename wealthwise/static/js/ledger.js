// The list's comforts: ranges and whole pages of selected rows, the keys of the list, editing and filing in the line.
// Without this the checkboxes post, and a row leads to its page. Everything is looked up when it is needed: the list
// comes anew when something was saved (quick-add.js).
(() => {
  const ledger = () => document.querySelector("[data-ledger]");
  const bulk = () => document.querySelector("[data-bulk]");
  const all = () => bulk()?.elements.all;
  const every = (selector) => [...(ledger()?.querySelectorAll(selector) ?? [])];
  const rows = () => every(".row");
  const boxes = () => every(".row-check input");
  const idOf = (row) => row.id.slice(4);
  let anchor = null; // the checkbox that a range starts from
  let place = null; // the row that the keys are at
  let next = null; // what is edited once this is saved: the id of a row, and the name of the field

  // Selecting.

  function show() {
    if (!bulk()) return;
    const count = bulk().querySelector("[data-bulk-count]"), page = document.querySelector("[data-select-page]");
    const chosen = boxes().filter((box) => box.checked).length;
    const text = `${all()?.checked ? `All ${all().dataset.total}` : chosen} selected`;
    if (count.textContent !== text) count.textContent = text;
    page.checked = chosen > 0 && chosen === boxes().length;
    page.indeterminate = chosen > 0 && !page.checked;
  }
  function select(box, isRange) {
    const known = boxes();
    const [from, to] = [known.indexOf(anchor), known.indexOf(box)].sort((a, b) => a - b);
    if (isRange && from >= 0) for (const between of known.slice(from, to + 1)) between.checked = box.checked;
    anchor = box;
    if (all()) all().checked = false;
    show();
  }
  function check(isChecked) {
    for (const box of boxes()) box.checked = isChecked;
    show();
  }
  function toggle(isRange) {
    const box = current()?.querySelector(".row-check input");
    if (!box) return;
    box.checked = isRange || !box.checked;
    select(box, isRange);
  }

  // Where the keys are.

  const current = () => document.activeElement.closest("[data-ledger] .row") ?? (place?.isConnected ? place : null);
  function goTo(row) {
    if (!row) return;
    place = row;
    (row.querySelector("a.row-main") ?? row.querySelector("[name=description]"))?.focus();
  }
  const beside = (row, by) => rows()[rows().indexOf(row) + by];
  const step = (by) => goTo(current() ? beside(current(), by) : rows()[0]);

  // Editing in the line.

  function edit(row, field = "description") {
    const link = row?.querySelector("a.row-main");
    if (!link) return;
    if (row.matches(".is-split")) return location.assign(link.href); // its parts have a page
    const address = new URL(link.href);
    next = { field };
    return htmx.ajax("GET", `${address.pathname}inline/${address.search}`, { target: row, swap: "outerHTML" });
  }
  function split(row) {
    const link = row?.querySelector("a.row-main"), address = link && new URL(link.href);
    if (link) location.assign(`${address.pathname}split/${address.search}`);
  }
  const said = (form) => new URLSearchParams(new FormData(form)).toString();
  const isChanged = (form) => form.dataset.was !== undefined && form.dataset.was !== said(form);
  const cancel = (form) => form.querySelector("[data-cancel]").click();
  // The field that is looked at: of a category its box, which stands before the select.
  const nameOf = (element) => element.name || element.nextElementSibling?.nextElementSibling?.name || "description";
  function focusOn(form, name) {
    const control = form.elements[name] ?? form.elements.description;
    const field = control.hidden ? document.getElementById(control.previousElementSibling?.previousElementSibling?.id) : control;
    field?.focus();
    field?.select?.();
  }
  function save(form, event) {
    const following = beside(form.closest(".row"), 1);
    const field = nameOf(event.target);
    event.preventDefault();
    next = following ? { id: following.id, field } : null;
    if (isChanged(form)) return form.requestSubmit();
    return cancel(form);
  }
  function giveUp(form) {
    if (!isChanged(form)) return cancel(form);
    const question = document.getElementById("discard");
    question.returnValue = "";
    question.addEventListener("close", () => { if (question.returnValue === "discard") cancel(form); }, { once: true });
    return question.showModal();
  }
  document.addEventListener("htmx:afterSettle", () => {
    for (const form of every("form[data-inline]")) {
      if (form.dataset.was !== undefined) continue;
      form.dataset.was = said(form);
      if (!form.querySelector("[aria-invalid=true]")) focusOn(form, next?.field ?? "description");
    }
    if (next?.id && !every("form[data-inline]").length) edit(document.getElementById(next.id), next.field);
    if (place && !place.isConnected) place = document.activeElement.closest("[data-ledger] .row");
    show();
  });

  // Filing: a box in the row, or the one of all that is selected.

  async function send(ids, target) {
    const body = new FormData(bulk());
    body.delete("row");
    body.delete("all");
    for (const [name, value] of [["ids", ids.join(",")], ["action", "move"], ["target", target]]) body.set(name, value);
    const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    const answer = await fetch(bulk().getAttribute("action"), { method: "POST", body: new URLSearchParams(body), headers }).catch(() => null);
    const told = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}");
    if (told.toast) document.dispatchEvent(new CustomEvent("toast", { detail: told.toast }));
    if (!answer) document.dispatchEvent(new CustomEvent("htmx:sendError"));
    return answer?.status;
  }
  async function file(row, target) {
    const link = row.querySelector("a.row-main"), address = new URL(link.href), id = idOf(row);
    const status = await send([id], target);
    if (status === 409) { // it has to be asked, which takes a page
      check(false);
      row.querySelector(".row-check input").checked = true;
      bulk().elements.target.value = target;
      bulk().elements.target.dispatchEvent(new Event("change", { bubbles: true })); // its box says it too
      bulk().querySelector("[value=move]").click();
    } else if (status === 204 && target.startsWith("a") && document.querySelector(".ledger.has-balances")) {
      document.dispatchEvent(new CustomEvent("page-changed")); // the account held something else after other rows too
    } else if (status === 204) {
      const query = new URLSearchParams(address.search);
      query.set("saved", "1");
      await htmx.ajax("GET", `${address.pathname}row/?${query}`, { target: document.getElementById(row.id), swap: "outerHTML" });
    }
  }
  function categorise() {
    if (!bulk()) return;
    if (boxes().some((box) => box.checked)) {
      const select = bulk().elements.target, field = document.getElementById("bulk-target"), here = new AbortController();
      const move = () => { if (select.value) bulk().querySelector("[value=move]").click(); };
      select.addEventListener("change", move, { signal: here.signal });
      field.addEventListener("blur", () => here.abort(), { once: true }); // whoever goes away chooses by the button
      field.focus();
      return;
    }
    const row = current() ?? rows()[0];
    const cell = row?.querySelector(".row-sub");
    if (!cell || row.querySelector(".transfer")) return;
    if (row.matches(".is-split")) return edit(row);
    const select = bulk().elements.target.cloneNode(true);
    select.hidden = false;
    for (const name of ["id", "name", "form", "required"]) select.removeAttribute(name);
    select.ariaLabel = `Category of ${row.querySelector(".row-main").textContent}`;
    select.setAttribute("aria-label", select.ariaLabel);
    select.dataset.combo = bulk().elements.target.dataset.combo;
    select.value = "";
    const holder = document.createElement("span");
    holder.className = "row-file";
    holder.append(select);
    cell.append(holder);
    const box = comboOf(select), input = holder.querySelector("input");
    const following = beside(row, 1);
    let isDone = false;
    const end = () => setTimeout(() => holder.remove());
    select.addEventListener("change", () => {
      if (!select.value) return;
      isDone = true;
      file(row, select.value);
      goTo(following ?? row);
      end();
    });
    input.addEventListener("blur", () => { if (!isDone) setTimeout(() => { if (document.activeElement !== input) end(); }, 200); });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || box.isOpen()) return;
      end();
      goTo(row);
    });
    input.focus();
    box.open("");
    guess(row, select, box, input);
  }
  // What is usual for the row's description is marked, unless the person types already.
  async function guess(row, select, box, input) {
    const query = new URLSearchParams({ description: row.querySelector(".row-main").textContent.trim() });
    const answer = await fetch(`${document.body.dataset.suggest}?${query}`).then((r) => r.json()).catch(() => ({}));
    if (!answer.subcategory || input.value || document.activeElement !== input) return;
    select.value = `s${answer.subcategory}`;
    box.open("");
  }

  function copy(row) {
    if (!row) return;
    const link = document.createElement("a");
    link.href = `${document.getElementById("quick-add").dataset.href}?copy=${idOf(row)}`;
    document.body.append(link);
    link.click();
    link.remove();
  }

  // Keys and clicks.

  const keys = {
    x: () => toggle(false),
    X: () => toggle(true),
    e: () => edit(current() ?? rows()[0]),
    c: categorise,
    d: () => copy(current()),
    s: () => split(current() ?? rows()[0]),
  };
  document.addEventListener("shortcut", (event) => {
    const action = ledger() && keys[event.detail.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest?.("[data-ledger] .row-check")) event.preventDefault(); // no text is marked
  });
  document.addEventListener("click", (event) => {
    const target = event.target;
    const by = { j: 1, k: -1 }[target.closest?.("[data-key]")?.dataset.key];
    if (by) step(by);
    const act = target.closest?.("[data-row-key]")?.dataset.rowKey;
    if (act) keys[act]();
    if (!target.closest?.("[data-ledger]")) return;
    if (target.matches(".row-check input")) {
      place = target.closest(".row");
      select(target, event.shiftKey);
    } else if (target.closest("a.row-main") && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      place = target.closest(".row");
      edit(place);
    }
  });
  document.addEventListener("focusin", (event) => { place = event.target.closest?.("[data-ledger] .row") ?? place; });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-inline]");
    if (!form || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      giveUp(form);
    } else if (event.key === "Enter" && event.target.matches("input, select")) save(form, event);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-page]")) {
      if (all()) all().checked = false;
      check(event.target.checked);
    } else if (event.target === all()) check(all().checked);
  });
  document.addEventListener("reset", (event) => { if (event.target === bulk()) setTimeout(show); });
  // One field for all ids: a long selection would otherwise be thousands of fields.
  document.addEventListener("formdata", (event) => {
    if (event.target !== bulk() || event.formData.has("ids")) return;
    const ids = event.formData.getAll("row");
    event.formData.delete("row");
    if (!event.formData.has("all")) event.formData.set("ids", ids.join(","));
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true; // the editor with what is wrong
    event.detail.isError = false;
    next = null;
  });
  function ready() {
    for (const button of document.querySelectorAll('[data-key="j"], [data-key="k"], [data-row-key]')) button.hidden = false;
    const page = document.querySelector("[data-select-page]");
    if (page) page.closest("label").hidden = false;
    show();
  }
  document.addEventListener("page-refreshed", () => {
    ready();
    if (next?.id) edit(document.getElementById(next.id), next.field);
  });
  ready();
})();
