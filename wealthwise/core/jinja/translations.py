"""Sentences of templates, marked for translation and compiled away where there is nothing to translate into.

``{{ _("Save") }}`` marks a sentence, ``{% trans name=row.name %}Delete {{ name }}{% endtrans %}`` one with values, and
``{% pluralize %}`` inside gives the form for other counts than one. The first is text, which is escaped; the second is
HTML, whose values are escaped. With USE_I18N they ask Django's catalogues while a page is rendered; without, a page
costs what it would cost if nobody had marked anything.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, nodes
from jinja2.ext import InternationalizationExtension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser

_MARK = ("name", "lparen", "string", "rparen")


class SentencesExtension(InternationalizationExtension):
    """Jinja2's own extension, whose tags become plain template text unless translations are switched on."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if settings.USE_I18N:
            self._install_callables(gettext, ngettext, newstyle=True)
        environment.globals["_"] = gettext if settings.USE_I18N else str

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterable[Token]:
        """Without translations ``_("text")`` is the text itself, which Jinja2 then escapes once, at loading."""
        return stream if settings.USE_I18N else _without_marks(stream)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        return super().parse(parser) if settings.USE_I18N else _plain(parser)


def _without_marks(stream: TokenStream) -> Iterator[Token]:
    held: list[Token] = []
    for token in stream:
        held.append(token)
        while held and not _may_become_mark(held):
            yield held.pop(0)
        if len(held) == len(_MARK):
            yield held[2]
            held.clear()
    yield from held


def _may_become_mark(held: list[Token]) -> bool:
    return held[0].value == "_" and all(token.type == kind for token, kind in zip(held, _MARK, strict=False))


def _plain(parser: Parser) -> nodes.Node:
    """The tag's text with its values in place, and a choice between both texts where it has a plural."""
    line = next(parser.stream).lineno
    values = _values(parser)
    counted: Any = next(iter(values.values()), None)
    one = parser.parse_statements(("name:pluralize", "name:endtrans"))
    body: list[nodes.Node] = list(one)
    if next(parser.stream).value == "pluralize":
        if parser.stream.current.type != "block_end":
            name = parser.stream.expect("name").value
            counted = values.get(name, nodes.Name(name, "load"))
        many = parser.parse_statements(("name:endtrans",), drop_needle=True)
        is_one = nodes.Compare(counted, [nodes.Operand("eq", nodes.Const(1))])
        body = [nodes.If(is_one, list(one), [], list(many))]
    given = [nodes.Assign(nodes.Name(name, "store"), value) for name, value in values.items()]
    return nodes.Scope([*given, *body]).set_lineno(line)


def _values(parser: Parser) -> dict[str, nodes.Expr]:
    """The names that the tag gives to expressions, up to the end of the tag."""
    values: dict[str, nodes.Expr] = {}
    while parser.stream.current.type != "block_end":
        if values:
            parser.stream.expect("comma")
        name = parser.stream.expect("name").value
        if parser.stream.skip_if("assign"):
            values[name] = parser.parse_expression()
        elif name not in ("trimmed", "notrimmed"):
            values[name] = nodes.Name(name, "load")
    return values
