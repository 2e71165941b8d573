"""Names are what people typed: none of them becomes markup on the budget page or in what htmx swaps into it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from budgets.budget.budget_html import figures_html, groups_html, lines_html, stops_html, sums_html, total_html
from budgets.budget.page import Figure, GroupView, LineView, Sums
from budgets.periods.switcher import Stop
from wealthwise.core.addresses import address

EVIL, SHOWN = "<script>\"'&", "&lt;script&gt;&quot;&#x27;&amp;"
SUMS = Sums("$5.00", "$7.00", "$2.00 over", "over")
LINE = LineView(
    id=7,
    name="Groceries",
    typed="5.00",
    was="5.00",
    error="",
    is_recurring=False,
    is_unplanned=False,
    sums=SUMS,
    spent=Decimal(7),
    budgeted=Decimal(5),
    used="$7.00 of $5.00 spent, $2.00 over",
    href="/transactions/?subcategory=7&date_from=2026-03-01",
    cover="",
    adjust="/budget/3/subcategory/7/",
    save="/budget/3/allocate/",
)


def group(line: LineView, name: str = "Food", *, is_open: bool = True) -> list[GroupView]:
    return [GroupView(4, name, SUMS, [line], is_open)]


def escaped(html: str) -> int:
    """How often the evil text is there, always as text."""
    assert EVIL not in html
    assert "<script" not in html
    return html.count(SHOWN)


def test_every_text_of_a_line_is_escaped() -> None:
    sums = Sums(EVIL, EVIL, EVIL, "over")
    html = lines_html(group(replace(LINE, name=EVIL, typed=EVIL, was=EVIL, error=EVIL, sums=sums, used=EVIL)))
    # Name, its field and its spending; what is typed and stored; the error; spent twice; left; the bar.
    assert escaped(html) == 3 + 2 + 1 + 2 + 1 + 1
    assert escaped(lines_html(group(replace(LINE, href=EVIL, cover=EVIL)))) == 2


def test_every_text_of_a_category_is_escaped() -> None:
    sums = Sums(EVIL, EVIL, EVIL, "")
    evil = GroupView(4, EVIL, sums, [])
    assert escaped(groups_html([evil])) == 2 + 3
    assert escaped(sums_html([evil])) == 3
    assert escaped(total_html(sums)) == 3


def test_every_text_of_a_figure_and_of_a_period_is_escaped() -> None:
    assert escaped(figures_html([Figure(EVIL, EVIL, EVIL), Figure(EVIL, EVIL, EVIL, "over", EVIL)])) == 3 + 6
    stop = Stop(3, EVIL, EVIL, is_current=True, is_active=True)
    assert escaped(stops_html([(EVIL, [stop])], EVIL)) == 4


def test_a_plain_line() -> None:
    html = lines_html(group(LINE))
    assert '<a href="/budget/3/subcategory/7/">Groceries</a></th>' in html
    assert 'id="amount-7" name="amount-7" value="5.00"' in html
    assert 'hx-post="/budget/3/allocate/" hx-trigger="change" hx-params="amount-7"' in html
    assert '<input type="hidden" name="was-7" value="5.00"></td>' in html
    assert 'href="/transactions/?subcategory=7&amp;date_from=2026-03-01"' in html
    assert '<td class="budget-left num amount over" role="cell">$2.00 over</td>' in html
    assert all(word not in html for word in ("badge", "recurring", "aria-invalid", "field-error", "cover"))


@pytest.mark.parametrize(
    ("change", "marks"),
    [
        ({"is_unplanned": True}, [' <span class="badge badge-warn">No budget</span></th>']),
        ({"is_recurring": True}, ['title="Filled from your recurring allocations"', ">recurring</span></span></th>"]),
        (
            {"error": "Enter an amount."},
            ['aria-invalid="true" aria-describedby="error-7"', 'id="error-7" role="alert"><p>Enter an amount.</p>'],
        ),
        ({"cover": "/budget/3/move/?target=7"}, ['id="cover-7"', 'aria-label="$2.00 over on Groceries: cover it"']),
    ],
)
def test_what_a_line_is_marked_with(change: dict[str, Any], marks: list[str]) -> None:
    html = lines_html(group(replace(LINE, **change)))
    assert [mark for mark in marks if mark not in html] == []


def test_a_category_is_open_or_closed() -> None:
    assert '<details class="budget-group" data-group="4" open>' in groups_html(group(LINE))
    assert '<details class="budget-group" data-group="4">' in groups_html(group(LINE, is_open=False))


def test_only_an_answer_is_swapped_out_of_band() -> None:
    figures = [Figure("Income", "$1.00", "")]
    for html in (figures_html(figures), total_html(SUMS), groups_html(group(LINE))):
        assert "hx-swap-oob" not in html
    for html in (figures_html(figures, oob=True), total_html(SUMS, oob=True), sums_html(group(LINE))):
        assert html.count('hx-swap-oob="true"') == 1


def test_the_list_of_periods_keeps_the_way_of_looking() -> None:
    stops = [Stop(10, "March 2026", "", is_current=True, is_active=False), Stop(9, "", "", False, True)]
    html = stops_html([("Monthly", stops)], "?sort=over&groups=closed")
    assert '<a href="/budget/10/?sort=over&amp;groups=closed" aria-current="page">' in html
    assert '<a href="/budget/9/?sort=over&amp;groups=closed"><span> <span class="badge badge-good">Active' in html


@pytest.mark.parametrize("ids", [(0,), (7,), (10,), (100200,), (20, 0), (10, 305)])
def test_an_address_is_what_django_reverses(ids: tuple[int, ...]) -> None:
    names = ["line"] if len(ids) == 2 else ["allocate", "brought_forward", "budget_period", "move"]
    for name in names:
        assert address(f"budgets:{name}", *ids) == reverse(f"budgets:{name}", args=ids)
