// While a description is typed: those of one's own history, and what goes with one: category, account, amount, with
// the reason. What a person chose or typed stays.
(() => {
  const WAIT = 70;
  const isOurs = new WeakSet(); // controls whose value was put in here
  let isSetting = false;

  const say = (form, text) => {
    const place = form.querySelector("[data-suggest-reason]");
    if (place) place.textContent = text;
  };
  const queryOf = (form, description) => {
    const query = new URLSearchParams({ description });
    for (const name of ["amount", "account"]) query.set(name, form.elements[name]?.value ?? "");
    query.set("direction", form.elements.direction?.value ?? "");
    return query;
  };
  const ask = (address, query) => fetch(`${address}?${query}`).then((r) => (r.ok ? r.json() : {})).catch(() => ({}));

  function put(control, value) {
    if (!control || (control.value && !isOurs.has(control))) return false;
    if (control.tagName === "SELECT" && value && ![...control.options].some((option) => option.value === String(value))) return false;
    isOurs.add(control);
    if (control.value === String(value ?? "")) return true;
    control.value = value ?? "";
    isSetting = true;
    control.dispatchEvent(new Event("change", { bubbles: true }));
    isSetting = false;
    return true;
  }

  // `isChosen`: a description of the history was chosen, so its amount and direction come along.
  function fill(form, answer, isChosen) {
    const { subcategory, account, amount, direction } = form.elements;
    const isFiled = put(subcategory, answer.subcategory);
    const isNew = !form.elements.shown; // of a row that is there already the account is known
    if (isNew && answer.account) put(account, answer.account);
    if (isNew && isChosen && answer.amount && !amount.value) {
      put(amount, answer.amount);
      if (direction?.value !== "transfer") form.querySelector(`[name=direction][value=${answer.direction}]`)?.click();
    }
    const name = subcategory?.selectedOptions[0]?.text;
    say(form, answer.subcategory && isFiled ? `${name} is suggested, ${answer.reason}.` : "");
  }

  function complete(input) {
    const form = input.form;
    let pause;
    listbox(input, {
      isFree: true,
      find: (text) => new Promise((done) => {
        clearTimeout(pause);
        if (text.trim().length < 2) return done([]);
        pause = setTimeout(async () => {
          const { found = [] } = await ask(document.body.dataset.completions, queryOf(form, text.trim()));
          const nameOf = (id) => [...(form.elements.subcategory?.options ?? [])].find((option) => option.value === String(id))?.text;
          done(found.map((each) => ({
            text: each.description,
            note: [nameOf(each.subcategory), each.amount, `${each.uses}×`].filter(Boolean).join(" · "),
            answer: each,
          })));
        }, WAIT);
        return undefined;
      }),
      choose({ answer }) {
        input.value = answer.description;
        input.dataset.chosen = answer.description;
        fill(form, answer, true);
      },
    });
  }

  // A form begins with an account that nobody chose yet.
  function ready(root) {
    const forms = root.matches?.("form[data-suggest]") ? [root] : root.querySelectorAll("form[data-suggest]");
    for (const form of forms) {
      if (form.elements.account && !form.elements.shown) isOurs.add(form.elements.account);
      const input = form.elements.description;
      if (input && input.role !== "combobox" && document.body.dataset.completions) complete(input);
    }
    const account = root.querySelector?.("[name=account]");
    if (account?.form?.matches("[data-suggest]") && !account.form.elements.shown) isOurs.add(account);
  }
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
  ready(document);

  document.addEventListener("change", async (event) => {
    const form = event.target.closest("form[data-suggest]");
    if (!form || isSetting) return;
    const { description, subcategory } = form.elements;
    isOurs.delete(event.target);
    if (event.target === subcategory) say(form, "");
    if (event.target !== description || !subcategory) return;
    const asked = description.value.trim();
    if (description.dataset.chosen === asked) return;
    const answer = asked ? await ask(form.dataset.suggest, queryOf(form, asked)) : {};
    if (description.value.trim() === asked) fill(form, answer, false);
  });
})();
