"""Templates: pages in Jinja2 beside their views, sentences marked for translation, nothing that the policy blocks."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings
from django.test import Client, override_settings
from django.utils import translation
from jinja2 import Environment, TemplateSyntaxError

from tests.packages import ROOT, TOPS
from wealthwise.core.jinja.environment import environment, folders

CONSOLE = ROOT / "wealthwise" / "console"
INLINE = (" style=", "<style", "<script>", " onclick=", " onchange=", " onsubmit=", "hx-on", "javascript:")
# Elements whose text is no sentence, and attributes whose value is one.
SILENT = {"script", "style", "code", "kbd"}
SPOKEN = {"alt", "aria-description", "aria-label", "data-announce", "label", "placeholder", "title"}
GAP = " \0 "  # stands for a tag of the template
NAMES = {"WealthWise", "CSV", "JSON", "XLSX"}
MARKED = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?\bendtrans\s*-?%\}", re.DOTALL)
TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
LITERALS = re.compile(r"""(_\(\s*)?("[^"]*"|'[^']*')""")


def templates() -> list[Path]:
    """Every template of the project, wherever it stands."""
    return [path for top in TOPS for path in sorted((ROOT / top).rglob("*.html"))]


def pages() -> list[Path]:
    """Those in Jinja2: all but the console's."""
    return [path for path in templates() if not path.is_relative_to(CONSOLE)]


def name_of(path: Path) -> str:
    """What the pages call a template."""
    return next(str(path.relative_to(folder)) for folder in folders() if path.is_relative_to(folder))


def is_sentence(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text)) and text.strip(" ·\n") not in NAMES


class Texts(HTMLParser):
    """Collects what a page says in so many words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        self.found += [text for name, value in attrs if name in SPOKEN and value for text in value.split(GAP)]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found += [text.strip() for text in data.split(GAP)]


def unmarked(source: str) -> list[str]:
    """The sentences of a template that nobody can translate: plain text, and text that is given to a macro."""
    rest = MARKED.sub("", source)
    texts = Texts()
    texts.feed(TAGS.sub(GAP, rest))
    texts.close()
    given = [literal[1:-1] for tag in TAGS.findall(rest) for mark, literal in LITERALS.findall(tag) if not mark]
    given = [text for text in given if re.match(r"[A-Z][a-z]", text) or text.count(" ") > 1]
    return [text for text in texts.found + given if is_sentence(text)]


def test_pages_stand_beside_their_views() -> None:
    """In folders called templates there are only shared pages, those that the sign-in library names, and mails."""
    shared = folders()[:2]
    wrong = [path for path in pages() if "templates" in path.parts and not any(map(path.is_relative_to, shared))]
    assert [str(path.relative_to(ROOT)) for path in wrong] == []


def test_nothing_inline_that_the_policy_would_block() -> None:
    wrong = [f"{path.relative_to(ROOT)}: {sign}" for path in templates() for sign in blocked(path.read_text())]
    assert wrong == []


def blocked(source: str) -> list[str]:
    return [sign for sign in INLINE if sign in source.lower()]


def test_the_check_of_inline_parts_can_fail() -> None:
    assert blocked('<p STYLE="x"><script>x</script>') == [" style=", "<script>"]
    assert blocked('<p class="x"><script src="x"></script>') == []


def test_every_sentence_is_marked_for_translation() -> None:
    assert len(pages()) > 50
    wrong = [f"{path.relative_to(ROOT)}: {text}" for path in pages() for text in unmarked(path.read_text())]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Save it</p>", ["Save it"]),
        ('<p>{{ _("Save it") }}</p>', []),
        ('<a aria-label="Close" class="btn small">{{ name }}</a>', ["Close"]),
        ('<img alt="{% if x %}A picture{% endif %}">', ["A picture"]),
        ("{% block title %}Budget{% endblock %} · WealthWise", ["Budget"]),
        ("{% trans n=count %}{{ n }} row{% pluralize %}{{ n }} rows{% endtrans %} <code>a:b</code>", []),
        ('{{ empty("inbox", "No rows", _("Add one")) }}', ["No rows"]),
        ('{% set label = "Not yet" if x else "done with it" %}', ["Not yet", "done with it"]),
    ],
)
def test_the_check_of_sentences_can_fail(source: str, expected: list[str]) -> None:
    assert unmarked(source) == expected


def test_only_text_that_was_marked_safe_by_its_maker_is_not_escaped() -> None:
    wrong = [path for path in pages() if re.search(r"\|\s*safe\b|Markup|autoescape", path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in wrong] == []


# Another language


@pytest.fixture
def german(tmp_path: Path) -> Iterator[None]:
    """Translations switched on, with a catalogue of three sentences."""
    catalog = Catalog(locale="de")
    catalog.add("Privacy", "Datenschutz")
    catalog.add("Short, and meant to be read.", "Kurz <&> gut.")
    catalog.add(
        ("%(found)s answer for “%(query)s”.", "%(found)s answers for “%(query)s”."),
        ("%(found)s Antwort auf „%(query)s“.", "%(found)s Antworten auf „%(query)s“."),
    )
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    vars(translation._trans).clear()  # Django chooses once a process whether it translates
    changes = {"USE_I18N": True, "LOCALE_PATHS": [tmp_path], "TEMPLATES": list(settings.TEMPLATES)}
    try:
        with override_settings(**changes), translation.override("de"):
            yield
    finally:
        vars(translation._trans).clear()


def jinja(**changes: Any) -> Environment:
    return environment(autoescape=True, **changes)


@pytest.mark.django_db
def test_a_page_comes_out_translated(german: None) -> None:
    page = Client().get("/terms/").content.decode()
    assert ">Datenschutz</a>" in page
    assert "Kurz &lt;&amp;&gt; gut." in page
    assert "Keep your password to yourself" in page  # what is not translated stays as it is


@pytest.mark.django_db
def test_counts_and_values_come_out_translated(german: None) -> None:
    page = Client().get("/help/", {"q": "<b>zebra"}).content.decode()
    assert "0 Antworten auf „&lt;b&gt;zebra“." in page


@pytest.mark.django_db
def test_without_translations_the_same_page_is_english() -> None:
    page = Client().get("/terms/").content.decode()
    assert "Datenschutz" not in page
    assert "Short, and meant to be read." in page


def test_every_template_compiles_with_translations_and_without(german: None) -> None:
    translated = jinja()
    with override_settings(USE_I18N=False):
        plain = jinja()
    for path in pages():
        for engine in (translated, plain):
            assert engine.get_template(name_of(path)), path


def test_the_check_of_compiling_can_fail(german: None) -> None:
    with pytest.raises(TemplateSyntaxError):
        jinja().from_string("{% trans %}{{ a.b }}{% endtrans %}")
