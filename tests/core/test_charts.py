"""Geometry of the charts, and what they say when there is nothing to draw."""

import re
from decimal import Decimal

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.charts.data import Bars, Chart, Donut, Series, Slice
from wealthwise.core.charts.drawing import (
    PLOT_HEIGHT,
    axis_labels,
    bar_widths,
    columns,
    extent,
    heat_levels,
    lines,
    nice_step,
    number,
    percent,
    ring,
    value_axis,
)

values = st.lists(st.decimals(min_value=-(10**10), max_value=10**10, places=2), max_size=40)


def chart(*amounts: str, hrefs: tuple[str, ...] = (), title: str = "Cash flow") -> Chart:
    numbers = [Decimal(amount) for amount in amounts]
    labels = [f"M{index}" for index in range(len(numbers))]
    return Chart(title, labels, [Series("Spent", numbers, "expense")], "USD", hrefs)


def render(macro: str, data: Chart | Donut | Bars) -> str:
    source = "{% import 'macros/charts.html' as charts %}{{ charts[macro](data) }}"
    return engines["jinja2"].from_string(source).render({"macro": macro, "data": data})


@pytest.mark.parametrize(("span", "step"), [("10", "2.5"), ("100", "25"), ("17", "5"), ("0.3", "0.1"), ("81", "25")])
def test_steps_are_round(span: str, step: str) -> None:
    assert nice_step(Decimal(span), 4) == Decimal(step)


@given(values, st.booleans())
def test_axis_holds_every_value_at_equal_ticks(amounts: list[Decimal], from_zero: bool) -> None:
    axis = value_axis(amounts, from_zero=from_zero)
    assert axis.low < axis.high
    assert all(axis.low <= amount <= axis.high for amount in amounts)
    assert 2 <= len(axis.ticks) <= 7
    assert axis.y(axis.high) == 0
    assert axis.y(axis.low) == PLOT_HEIGHT
    if from_zero:
        assert 0 in axis.ticks


def test_axis_of_a_line_may_leave_zero_out() -> None:
    assert value_axis([Decimal(9000), Decimal(9100)], from_zero=False).low > 0
    assert value_axis([Decimal(9000)], from_zero=False).low == 0


def test_columns_stand_on_zero_and_hang_below_it() -> None:
    data = chart("100", "-100", "0")
    up, down, nothing = columns(data).bands
    assert up.rects[0].y == "0"
    assert up.rects[0].height == down.rects[0].y == down.rects[0].height == "100"
    assert nothing.rects == []
    assert nothing.text == "M2: Spent $0.00"


def test_a_shorter_series_ends_early() -> None:
    both = [Series("Now", [Decimal(1)], "accent"), Series("Then", [Decimal(1), Decimal(2)], "muted")]
    data = Chart("Pace", ["1", "2"], both, "USD")
    now, then = lines(data).curves
    assert (len(now.dots), len(then.dots)) == (1, 0)
    assert (now.dashed, then.dashed) == (False, True)
    assert "–" in render("line", data)


def test_long_axes_are_thinned() -> None:
    assert axis_labels([str(day) for day in range(365)])[:2] == ["0", "23"]
    assert len(axis_labels([str(day) for day in range(365)])) <= 16
    assert axis_labels([]) == []


def test_coordinates_are_plain_numbers() -> None:
    assert number(Decimal("1E+2")) == "100"
    assert number(Decimal("0.005")) == "0"
    assert number(Decimal("33.3333")) == "33.33"


def test_slices_are_sorted_merged_and_complete() -> None:
    found = ring(Donut("Spent", [Slice(f"S{size}", Decimal(size), f"/{size}") for size in range(1, 11)], "USD")).arcs
    assert [arc.label for arc in found] == ["S10", "S9", "S8", "S7", "S6", "S5", "Other"]
    assert found[0].href == "/10"
    assert (found[-1].amount, found[-1].href) == ("$10.00", "")
    assert found[1].offset == "-18.18"


def test_slices_at_or_below_zero_are_in_the_table_only() -> None:
    donut = Donut("Spent", [Slice("Food", Decimal(5)), Slice("Refund", Decimal(-2)), Slice("None", Decimal(0))], "USD")
    assert [arc.label for arc in ring(donut).arcs] == ["Food"]
    assert ring(donut).arcs[0].dash == "100 0"
    assert render("donut", donut).count('<th scope="row">') == 3
    assert "Below zero, so not in the ring: Refund." in render("donut", donut)


def test_percent_never_hides_a_small_share() -> None:
    assert [percent(Decimal(share)) for share in ("0", "0.2", "33.4", "100")] == ["0%", "<1%", "33%", "100%"]


@pytest.mark.parametrize("tag", ["column", "line"])
@pytest.mark.parametrize("amounts", [(), ("0",), ("0", "0")])
def test_nothing_is_said_in_words(tag: str, amounts: tuple[str, ...]) -> None:
    html = render(tag, chart(*amounts))
    assert "nothing to show yet" in html
    assert "<svg" not in html


def test_an_empty_donut_is_said_in_words() -> None:
    assert "nothing to show yet" in render("donut", Donut("Spent", [], "USD"))


@pytest.mark.parametrize("tag", ["column", "line"])
@pytest.mark.parametrize("amounts", [("5",), ("-5",), ("5", "-7.25", "0")])
def test_charts_have_a_name_and_a_table_and_no_style(tag: str, amounts: tuple[str, ...]) -> None:
    html = render(tag, chart(*amounts, title="Money & <more>"))
    assert 'role="img" aria-label="Money &amp; &lt;more&gt;"' in html
    assert html.count('<th scope="row">') == len(amounts)
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script", html)


def test_a_line_has_bands_to_point_at_and_no_columns() -> None:
    html = render("line", chart("5", "-7.25", "6"))
    assert html.count("<rect") == html.count('class="chart-hit"') == 3
    assert html.count("chart-line") == 1
    assert html.count("<rect") < render("column", chart("5", "-7.25", "6")).count("<rect")


def test_linked_columns_are_a_group_of_links() -> None:
    html = render("column", chart("5", "6", hrefs=("/a?x=1&y=2", "")))
    assert 'role="group"' in html
    assert '<a href="/a?x=1&amp;y=2" aria-label="M0: Spent $5.00">' in html
    assert '<th scope="row"><a href="/a?x=1&amp;y=2">M0</a></th>' in html
    assert html.count("<a ") == 2


def stacked(*columns: tuple[str, ...]) -> Chart:
    series = [Series(f"S{n}", [Decimal(v) for v in values], f"slice-{n}") for n, values in enumerate(columns, 1)]
    return Chart("Spending", [f"M{n}" for n in range(len(columns[0]))], series, "USD", stacked=True)


def test_stacked_columns_stand_on_each_other_and_refunds_hang_below() -> None:
    data = stacked(("60", "-20"), ("40", "50"))
    assert extent(data) == [100, 0, 50, -20]
    both, mixed = columns(data).bands
    assert Decimal(both.rects[0].y) == Decimal(both.rects[1].y) + Decimal(both.rects[1].height)
    zero = Decimal(columns(data).axis.zero)
    assert Decimal(mixed.rects[0].y) == zero
    assert abs(Decimal(mixed.rects[1].y) + Decimal(mixed.rects[1].height) - zero) <= Decimal("0.02")
    assert mixed.text == "M1: S1 −$20.00, S2 $50.00"


@given(st.lists(st.tuples(*[st.decimals(-(10**10), 10**10, places=2)] * 3), min_size=1, max_size=12))
def test_no_stack_leaves_the_plot(heights: list[tuple[Decimal, ...]]) -> None:
    series = [Series(str(n), [column[n] for column in heights], "muted") for n in range(3)]
    data = Chart("Spending", [str(n) for n in range(len(heights))], series, "USD", stacked=True)
    for band in columns(data).bands:
        for rect in band.rects:
            assert Decimal(rect.y) >= 0
            assert Decimal(rect.y) + Decimal(rect.height) <= PLOT_HEIGHT + Decimal("0.02")


def test_a_zero_is_not_named_in_a_stack() -> None:
    data = stacked(("5",), ("0",))
    assert columns(data).bands[0].text == "M0: S1 $5.00"


def test_horizontal_bars_are_shares_of_the_longest() -> None:
    data = Bars("Top", [Slice("A" * 200, Decimal(80), "/a"), Slice("B", Decimal(20)), Slice("C", Decimal(-5))], "JPY")
    assert bar_widths(data) == ["100", "25", "0"]
    html = render("bars", data)
    assert "¥80" in html
    assert "−¥5" in html
    html = render("bars", Bars("Top", [Slice("A & B", Decimal(80), "/a")], "USD"))
    assert '<a class="hbar" href="/a">' in html
    assert "A &amp; B" in html
    assert "nothing to show yet" in render("bars", Bars("Top", [], "USD"))
    assert bar_widths(Bars("Top", [Slice("None", Decimal(0))], "USD")) == ["0"]


def test_levels_go_by_rank() -> None:
    assert heat_levels([Decimal(n) for n in (0, -3, 1, 2, 2, 9, 1000, 30)]) == [0, 0, 1, 2, 2, 3, 5, 4]
    assert heat_levels([Decimal(7)]) == [1]
    assert heat_levels([]) == []


@given(values)
def test_more_is_never_of_a_lower_level(amounts: list[Decimal]) -> None:
    levels = heat_levels(amounts)
    assert all(0 <= level <= 5 for level in levels)
    ordered = sorted(zip(amounts, levels, strict=True))
    assert [level for _, level in ordered] == sorted(levels)


def test_figures_of_a_table_lead_to_their_rows() -> None:
    data = Chart("Flow", ["M"], [Series("Spent", [Decimal(5)], "expense", ["/rows?a=1&b=2"])], "USD")
    assert '<td class="num"><a href="/rows?a=1&amp;b=2">$5.00</a></td>' in render("column", data)
    donut = Donut("Where", [Slice("Food", Decimal(5), "/inside", "/rows")], "USD")
    html = render("donut", donut)
    assert '<a href="/inside">Food</a>' in html
    assert '<a href="/rows">$5.00</a>' in html
