"""What repeats on the budget page, as HTML. Built as strings, see `wealthwise.core.rendering`.

Whatever htmx swaps (a line, the sums of a category, the figures, the total) is made here for the page and for the
answer to a change alike; ``oob`` marks what an answer puts in place beside its own.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

from wealthwise.core.addresses import address
from wealthwise.core.rendering import text
from wealthwise.templatetags.ui import bar, icon

if TYPE_CHECKING:
    from budgets.budget.page import Figure, GroupView, LineView, Sums
    from budgets.periods.switcher import Stop

HEADINGS = "".join(
    f'<th role="columnheader" scope="col">{name}</th>' for name in ("Subcategory", "Budgeted", "Spent", "Used", "Left")
)
UNPLANNED = ' <span class="badge badge-warn">No budget</span>'


def figures_html(figures: "Iterable[Figure]", *, oob: bool = False) -> SafeString:
    tiles = "".join(
        f'<div class="stat"><span class="stat-label">{text(figure.label)}</span>'
        f'<span class="stat-value amount {figure.tone}">{text(figure.value)}</span>'
        f'<span class="stat-note">{_note(figure)}</span></div>'
        for figure in figures
    )
    return mark_safe(f'<div class="grid stats budget-figures" id="budget-figures"{_swap(oob=oob)}>{tiles}</div>')


def groups_html(groups: "Iterable[GroupView]") -> SafeString:
    return mark_safe("".join(_group(group) for group in groups))


def sums_html(groups: "Iterable[GroupView]") -> SafeString:
    """The sums of categories, out of band."""
    return mark_safe("".join(_group_sums(group, oob=True) for group in groups))


def lines_html(groups: "Iterable[GroupView]") -> SafeString:
    return mark_safe("".join(_line(line) for group in groups for line in group.lines))


def total_html(sums: "Sums", *, oob: bool = False) -> SafeString:
    return mark_safe(
        f'<div class="budget-grid budget-total" id="budget-total"{_swap(oob=oob)}>'
        f'<span class="budget-name">Total</span>{_three(sums)}</div>'
    )


def stops_html(stops: "Iterable[tuple[str, list[Stop]]]", query: str) -> SafeString:
    """The periods by type, each leading to its budget, looked at in the same way."""
    return mark_safe(
        "".join(
            f'<p class="muted small">{text(kind)}</p><ul>{"".join(_stop(stop, query) for stop in members)}</ul>'
            for kind, members in stops
        )
    )


def _swap(*, oob: bool) -> str:
    return ' hx-swap-oob="true"' if oob else ""


def _note(figure: "Figure") -> str:
    note = text(figure.note)
    if not figure.href:
        return note
    return f'<a href="{text(figure.href)}" aria-label="{text(figure.label)}: {note}. Change">{note}</a>'


def _three(sums: "Sums") -> str:
    """Budgeted, spent and left, each under the heading of its column, told to those who cannot see it."""
    return (
        f'<span class="num"><span class="visually-hidden">budgeted </span>{text(sums.budgeted)}</span>'
        f'<span class="num"><span class="visually-hidden">spent </span>{text(sums.spent)}</span><span></span>'
        f'<span class="num amount {sums.tone}"><span class="visually-hidden">left </span>{text(sums.balance)}</span>'
    )


def _group_sums(group: "GroupView", *, oob: bool = False) -> str:
    return f'<span class="budget-sums" id="group-{group.id}"{_swap(oob=oob)}>{_three(group.sums)}</span>'


def _group(group: "GroupView") -> str:
    name = text(group.name)
    return (
        f'<details class="budget-group" data-group="{group.id}"{" open" if group.is_open else ""}>'
        f'<summary class="budget-grid"><span class="budget-name">{name}</span>{_group_sums(group)}</summary>'
        f'<table role="table"><caption class="visually-hidden">{name}</caption>'
        f'<thead class="visually-hidden" role="rowgroup"><tr role="row">{HEADINGS}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(_line(line) for line in group.lines)}</tbody></table></details>\n'
    )


def _line(line: "LineView") -> str:
    name, spent = text(line.name), text(line.sums.spent)
    return (
        '<tr class="budget-grid budget-line" role="row"><th class="budget-name" role="rowheader" scope="row">'
        f'<a href="{line.adjust}">{name}</a>{UNPLANNED if line.is_unplanned else ""}'
        f"{_recurring() if line.is_recurring else ''}</th>"
        f'<td class="budget-amount" role="cell">{_field(line, name)}</td>'
        f'<td class="budget-spent num" role="cell"><a id="spent-{line.id}" href="{text(line.href)}" '
        f'aria-label="{spent} spent on {name}: see the transactions">{spent}</a></td>'
        f'<td class="budget-bar" role="cell">{bar(line.spent, line.budgeted, line.used)}</td>'
        f'<td class="budget-left num amount {line.sums.tone}" role="cell">{_left(line, name)}</td></tr>\n'
    )


def _recurring() -> str:
    return (
        ' <span class="budget-mark" title="Filled from your recurring allocations">'
        f'{icon("arrow-path", 16)}<span class="visually-hidden">recurring</span></span>'
    )


def _field(line: "LineView", name: str) -> str:
    """What is budgeted, beside what it was when the page was made, and what is wrong with it."""
    pk, wrong, error = line.id, "", ""
    if line.error:
        wrong = f' aria-invalid="true" aria-describedby="error-{pk}"'
        error = f'<div class="field-error" id="error-{pk}" role="alert"><p>{text(line.error)}</p></div>'
    return (
        f'<input class="cell-input" id="amount-{pk}" name="amount-{pk}" value="{text(line.typed)}" placeholder="0" '
        f'inputmode="decimal" autocomplete="off" maxlength="100" aria-label="Budgeted for {name}"{wrong} '
        f'hx-post="{line.save}" hx-trigger="change" hx-params="amount-{pk}">'
        f'<input type="hidden" name="was-{pk}" value="{text(line.was)}">{error}'
    )


def _left(line: "LineView", name: str) -> str:
    balance = text(line.sums.balance)
    if not line.cover:
        return balance
    return (
        f'<a id="cover-{line.id}" href="{text(line.cover)}" title="Cover it from another subcategory" '
        f'aria-label="{balance} on {name}: cover it">{balance}</a>'
    )


def _stop(stop: "Stop", query: str) -> str:
    current = ' aria-current="page"' if stop.is_current else ""
    active = ' <span class="badge badge-good">Active</span>' if stop.is_active else ""
    return (
        f'<li><a href="{address("budgets:budget_period", stop.id)}{text(query)}"{current}>'
        f'<span>{text(stop.name)}{active}</span><span class="muted small">{text(stop.days)}</span></a></li>'
    )
