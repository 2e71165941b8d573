// Boxes with a list below them, as the combobox pattern has it: type, arrows, Enter, Escape.
// `listbox` gives a field a list of what `find` answers. Each <select data-combo> becomes such a field and stays the
// control that is sent; a field with a <datalist> gets this list in its place. Without this they are plain controls.
(() => {
  const MOST = 60;
  let made = 0;
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = (text) => fold(text).split(/[\s:]+/).filter(Boolean);

  // What holds every word, what begins with the text first.
  function matching(items, text) {
    const words = wordsOf(text);
    if (!words.length) return items;
    const whole = fold(text.trim());
    const rank = ({ text: name, group = "" }) => {
      const inside = fold(name);
      if (inside.startsWith(whole)) return 0;
      return (` ${inside}`).includes(` ${words[0]}`) ? 1 : fold(group).startsWith(words[0]) ? 2 : 3;
    };
    return items
      .filter(({ text: name, group = "" }) => words.every((word) => fold(`${group} ${name}`).includes(word)))
      .map((item, place) => ({ item, place, rank: rank(item) }))
      .sort((a, b) => a.rank - b.rank || a.place - b.place)
      .map(({ item }) => item);
  }

  // `find(text, isOpened)` gives items {text, note, value}, or a promise of them; `choose(item)` takes one, and keeps
  // the list open when it answers true. `isFree`: the text is the person's own, nothing is chosen until they choose.
  function listbox(input, { find, choose, leave = () => {}, isFree = false }) {
    const list = document.createElement("ul");
    list.id = `listbox-${++made}`;
    list.className = "combo-list";
    list.popover = "manual";
    list.role = "listbox";
    list.ariaLabel = "Choices";
    input.after(list);
    input.role = "combobox";
    input.autocomplete = "off";
    for (const [name, value] of [["controls", list.id], ["autocomplete", "list"], ["expanded", "false"], ["haspopup", "listbox"]]) {
      input.setAttribute(`aria-${name}`, value);
    }
    let items = [], at = -1, asked = 0, isTyped = false;
    const isOpen = () => list.matches(":popover-open");

    function place() {
      const { left, top, bottom, width } = input.getBoundingClientRect();
      const below = innerHeight - bottom;
      list.style.minWidth = `${width}px`;
      list.style.left = `${Math.max(8, Math.min(left, innerWidth - list.offsetWidth - 8))}px`;
      const isAbove = below < 200 && top > below;
      list.style.maxHeight = `${Math.max(96, Math.min(320, (isAbove ? top : below) - 12))}px`;
      list.style.top = isAbove ? "auto" : `${bottom + 4}px`;
      list.style.bottom = isAbove ? `${innerHeight - top + 4}px` : "auto";
    }

    function mark(next) {
      at = next;
      [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
      const option = list.children[at];
      if (option?.id) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
      option?.scrollIntoView({ block: "nearest" });
    }

    function show(found) {
      items = found.slice(0, MOST);
      if (!items.length && isFree) return hide();
      list.replaceChildren(...items.map((item, number) => {
        const option = document.createElement("li");
        option.role = "option";
        option.id = `${list.id}-${number}`;
        const name = document.createElement("span");
        name.textContent = item.text;
        option.append(name);
        if (item.note) {
          const note = document.createElement("small");
          note.textContent = item.note;
          option.append(" ", note);
        }
        return option;
      }));
      if (!items.length) {
        const none = document.createElement("li");
        none.role = "option";
        none.ariaDisabled = "true";
        none.textContent = "Nothing matches";
        list.append(none);
      }
      if (!isOpen()) list.showPopover();
      input.setAttribute("aria-expanded", "true");
      place();
      const chosen = items.findIndex((item) => item.isChosen);
      mark(isFree ? -1 : items.length ? (isTyped ? 0 : Math.max(chosen, 0)) : -1);
    }

    function hide() {
      asked += 1;
      if (isOpen()) list.hidePopover();
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      items = [];
      at = -1;
    }

    async function open(text) {
      const number = ++asked;
      const found = await find(text);
      if (number === asked && document.activeElement === input) show(found);
    }

    async function take(item) {
      isTyped = false;
      if (await choose(item)) return open("");
      return hide();
    }

    input.addEventListener("input", () => { isTyped = true; open(input.value); });
    input.addEventListener("click", () => { if (!isFree && !isOpen()) { input.select(); open(""); } });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (isOpen() && items.length) mark((at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length);
        else if (!isFree || input.value) open(isFree ? input.value : "");
      } else if (event.key === "Enter" && isOpen() && at >= 0 && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        event.stopPropagation();
        take(items[at]);
      } else if (event.key === "Tab" && isOpen() && at >= 0 && (isTyped || isFree)) {
        take(items[at]);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        event.stopPropagation();
        hide();
        leave();
        isTyped = false;
      }
    });
    input.addEventListener("blur", () => { hide(); leave(); isTyped = false; });
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const number = [...list.children].indexOf(event.target.closest("[role=option]"));
      if (items[number]) take(items[number]);
    });
    addEventListener("scroll", () => { if (isOpen()) place(); }, { capture: true, passive: true });
    return { open, hide, isOpen };
  }

  // All that a select offers, but for its empty choice.
  function offered(select) {
    return [...select.options].filter((option) => option.value).map((option) => {
      const group = option.parentElement.matches("optgroup") ? option.parentElement.label : "";
      return { text: option.text, group, note: group, value: option.value, isChosen: option.selected };
    });
  }

  // Makes what is missing: “Food: Snacks”, or “Snacks”, where the category is chosen next.
  function creating(select, items) {
    let wanted = ""; // the name that still lacks its category
    // Its categories: of a list that offers accounts and tags too, a subcategory's value has a letter before it.
    const own = () => offered(select).filter((item) => item.value.startsWith(prefix(select)));
    const groups = () => [...new Set(own().map((item) => item.group))].filter(Boolean);

    async function make(category, name) {
      const body = new URLSearchParams({ category, name });
      const headers = JSON.parse(document.body.getAttribute("hx-headers"));
      const answer = await fetch(document.body.dataset.categories, { method: "POST", body, headers }).catch(() => null);
      const said = await answer?.json().catch(() => null);
      if (!said?.id) {
        const text = said?.error ?? "That did not work. Nothing was added.";
        document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "bad" } }));
        return;
      }
      for (const box of document.querySelectorAll("select[data-combo=create]")) add(box, said);
      select.value = prefix(select) + said.id;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function find(text) {
      if (wanted) {
        const into = matching(groups().map((name) => ({ text: `In ${name}`, into: name })), text);
        const outer = text.trim() || wanted;
        return groups().some((name) => fold(name) === fold(outer)) ? into : [...into, { text: `In a new category “${outer}”`, into: outer }];
      }
      const found = items(text);
      const [outer, inner] = text.includes(":") ? text.split(":", 2).map((part) => part.trim()) : ["", text.trim()];
      const isThere = own().some((item) => fold(item.text) === fold(inner) && (!outer || fold(item.group) === fold(outer)));
      if (!inner || isThere) return found;
      return [...found, { text: outer ? `Create “${inner}” in ${outer}` : `Create “${inner}”`, make: inner, into: outer }];
    }

    // True while there is still something to say.
    async function choose(item) {
      if (item.make && !item.into) {
        wanted = item.make;
        return true;
      }
      const name = item.make ?? wanted;
      wanted = "";
      await make(item.into, name);
      return false;
    }
    return { find, choose, owns: (item) => Boolean(item.make || item.into), forget: () => { wanted = ""; } };
  }
  const prefix = (select) => select.dataset.prefix ?? "";
  function add(select, { id, name, category }) {
    const value = prefix(select) + id;
    if ([...select.options].some((option) => option.value === value)) return;
    let group = [...select.querySelectorAll("optgroup")].find((each) => each.label === category);
    if (!group) {
      group = document.createElement("optgroup");
      group.label = category;
      select.append(group);
    }
    group.append(new Option(name, value));
  }

  function upgrade(select) {
    if (select.multiple || select.hidden) return;
    const input = document.createElement("input");
    input.type = "text";
    input.className = "combo";
    input.spellcheck = false;
    input.autocapitalize = "off";
    for (const name of ["id", "aria-label", "aria-describedby", "aria-invalid", "autofocus", "required"]) {
      if (!select.hasAttribute(name)) continue;
      input.setAttribute(name, select.getAttribute(name));
      select.removeAttribute(name);
    }
    select.hidden = true;
    select.before(input);
    const none = [...select.options].find((option) => !option.value);
    input.placeholder = none?.text ?? "";
    const items = (text) => matching(offered(select), text);
    const maker = select.dataset.combo === "create" ? creating(select, items) : null;

    function sync() {
      const option = select.selectedOptions[0];
      if (!option?.value) {
        input.value = "";
        return;
      }
      const isTwice = [...select.options].filter((each) => each.text === option.text).length > 1;
      input.value = isTwice && option.parentElement.label ? `${option.parentElement.label}: ${option.text}` : option.text;
    }
    const box = listbox(input, {
      find: (text) => (maker ? maker.find(text) : items(text)),
      async choose(item) {
        if (maker?.owns(item)) {
          const isAsking = await maker.choose(item);
          if (isAsking) input.value = "";
          else sync();
          return isAsking;
        }
        select.value = item.value;
        sync();
        select.dispatchEvent(new Event("change", { bubbles: true }));
        return false;
      },
      leave() {
        maker?.forget();
        if (none && input.value.trim() === "" && select.value) {
          select.value = "";
          select.dispatchEvent(new Event("change", { bubbles: true }));
        }
        sync();
      },
    });
    select.addEventListener("change", sync);
    select.form?.addEventListener("reset", () => setTimeout(sync));
    input.addEventListener("change", (event) => event.stopPropagation()); // the select says what changed
    addEventListener("pageshow", sync, { once: true }); // Back brings what was chosen, and tells nobody
    sync();
    return box;
  }

  // A field with a <datalist>, when one comes to it: fifty of them share one list.
  document.addEventListener("focusin", (event) => {
    const input = event.target;
    if (!input.matches?.("input[list][data-combo]")) return;
    const names = [...document.getElementById(input.getAttribute("list")).options].map((option) => {
      const [group, name] = option.value.includes(": ") ? option.value.split(": ", 2) : ["", option.value];
      return { text: name, group, note: group, value: option.value };
    });
    input.removeAttribute("list");
    listbox(input, {
      find: (text) => matching(names, text),
      choose(item) {
        input.value = item.value;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      },
      isFree: true,
    });
  });

  const all = (root) => root.querySelectorAll("select[data-combo]").forEach(upgrade);
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
  all(document);
  window.listbox = listbox;
  window.comboOf = upgrade;
})();
