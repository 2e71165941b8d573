"""What a browser could send from a page: its links, and each of its forms with each of its buttons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

type Fields = tuple[tuple[str, str], ...]

VOID: Final = "file:statement.csv"  # the value of a field for files: stands for a file that is sent
TYPED: Final = {"date": "2026-03-10", "password": "Long-Enough-2026!", "email": "new@example.com", "number": "1"}


@dataclass(frozen=True)
class Step:
    """One request; ``fragment`` when htmx makes it."""

    method: str
    path: str
    data: Fields = ()
    fragment: bool = False

    def __str__(self) -> str:
        sent = " ".join(f"{name}={value}" for name, value in self.data)
        return f"{self.method} {self.path} {sent}{' (fragment)' if self.fragment else ''}"


@dataclass
class Form:
    method: str
    action: str
    fragment: bool
    fields: list[tuple[str, str]] = field(default_factory=list)
    checks: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """Forms and links of one page. A field that is empty is filled, so that the form is worth sending."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, list[Step](), dict[str, Form]()
        self._open, self._select, self._area = "", ("", list[tuple[str, bool]]()), ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get"):
            if name in given and (tag == "a" or name == "hx-get"):
                self.links.append(Step("GET", self._at(given[name]), fragment=name == "hx-get"))
        match tag:
            case "form":
                self._open = given.get("id") or f"form {len(self.forms)}"
                action = given.get("hx-post") or given.get("action", "")
                self.forms[self._open] = Form(given.get("method", "get").upper(), self._at(action), "hx-post" in given)
            case "input":
                self._input(given)
            case "button":
                self._add(given, "buttons", (given.get("name", ""), given.get("value", "")))
            case "select":
                self._select = (given.get("name", ""), [])
                self._owner = given
            case "option":
                self._select[1].append((given.get("value", ""), "selected" in given))
            case "textarea":
                self._add(given, "fields", (given.get("name", ""), "Something"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""
        elif tag == "select":
            name, options = self._select
            chosen = [value for value, is_selected in options if is_selected and value]
            filled = [value for value, _ in options if value]
            if chosen or filled:
                self._add(self._owner, "fields", (name, (chosen or filled)[0]))

    def _input(self, given: dict[str, str]) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        match kind:
            case "checkbox":
                self._add(given, "checks", (name, value or "on"))
            case "radio":
                if "checked" in given:
                    self._add(given, "fields", (name, value))
            case "submit":
                self._add(given, "buttons", (name, value))
            case "file":
                self._add(given, "fields", (name, VOID))
            case "hidden":
                self._add(given, "fields", (name, value))
            case _:
                blank = "12.34" if given.get("inputmode") == "decimal" else TYPED.get(kind, "Something")
                self._add(given, "fields", (name, value or blank))

    def _add(self, given: dict[str, str], what: str, pair: tuple[str, str]) -> None:
        form = self.forms.get(given.get("form", self._open))
        if form is not None and (pair[0] or what == "buttons") and "disabled" not in given:
            getattr(form, what).append(pair)

    def _at(self, address: str) -> str:
        return urljoin(self.address, address).partition("#")[0]

    def steps(self) -> Iterator[Step]:
        """Links first; then each form with each button, without and with its boxes ticked."""
        yield from self.links
        for form in self.forms.values():
            for button in form.buttons or [("", "")]:
                pressed = [button] if button[0] else []
                for ticked in ([], form.checks) if form.checks else ([],):
                    data = [pair for pair in [*form.fields, *ticked, *pressed] if pair[0] != "csrfmiddlewaretoken"]
                    yield Step(form.method, form.action, tuple(data), form.fragment)
