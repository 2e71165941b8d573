"""Rows of the list and their days as HTML. Fifty are most of the page, so they are built as strings."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from transactions.ledger.listing import Day, Row


def row_html(row: "Row", *, has_focus: bool = False, is_elsewhere: bool = False) -> SafeString:
    """``is_elsewhere`` says that it no longer matches the filter of the list."""
    words, amount = escape(row.description), escape(row.amount)
    notes = [("ledger-account", row.account), ("ledger-comment", row.comment)]
    notes += [("ledger-comment", "No longer matches this list" if is_elsewhere else "")]
    return mark_safe(
        f'<li class="row{" is-elsewhere" if is_elsewhere else ""}" id="row-{row.id}">'
        f'<label class="row-check"><input type="checkbox" name="row" value="{row.id}" form="bulk" '
        f'aria-label="Select {words}, {amount}"></label>'
        f'<a class="row-main" href="{escape(row.address)}"{" autofocus" if has_focus else ""}>{words}</a>'
        f'<span class="row-sub"><span class="ledger-category{" is-open" if row.is_uncategorised else ""}">'
        f"{row.mark}{escape(row.category)}</span>"
        + "".join(f'<span class="{name}">{escape(note)}</span>' for name, note in notes if note)
        + f'</span><span class="row-end amount {row.tone}">{amount}</span></li>\n'
    )


def days_html(days: "Iterable[Day]") -> SafeString:
    """Each day with its rows."""
    return mark_safe("".join(map(_day_html, days)))


def _day_html(day: "Day") -> str:
    head = (
        f'<header class="day-head"><h2>{escape(day.label)}</h2>'
        f'<span class="amount {day.tone}" id="day-{day.key}">{escape(day.total)}</span></header>'
    )
    return (
        f'<section class="ledger-day{"" if day.has_head else " is-continued"}">{head if day.has_head else ""}'
        f'<ul class="rows">\n{"".join(map(row_html, day.rows))}</ul></section>\n'
    )
