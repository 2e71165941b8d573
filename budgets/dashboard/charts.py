"""The charts of the dashboard. Each is None while there is nothing to draw; every figure leads to its rows."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from budgets.dashboard.snapshot import PeriodFigures
from budgets.models import BudgetPeriod
from budgets.reports.pace import Pace
from transactions.search.links import rows_url, spent_url
from transactions.summaries.ranges import DateRange
from transactions.summaries.totals import MonthFlow
from wealthwise.core.charts.data import Chart, Donut, Series, Slice
from wealthwise.core.days import ONE_DAY, end_of_month
from wealthwise.core.jinja.writing import url
from wealthwise.core.locales import show_month

LINKED_DAYS: Final = 62  # a pace of more days has a table without a URL for each


def flow_chart(flow: Sequence[MonthFlow], currency: str) -> Chart | None:
    if not any(row.income or row.spent for row in flow):
        return None
    months = [DateRange(row.month, end_of_month(row.month)) for row in flow]
    earned, spent = ([rows_url(month, direction=name) for month in months] for name in ("earnings", "spending"))
    return Chart(
        "Cash flow of 12 months",
        [show_month(row.month, "MMM") for row in flow],
        [
            Series("Income", [row.income for row in flow], "income", earned),
            Series("Spent", [row.spent for row in flow], "expense", spent),
        ],
        currency,
        [rows_url(month) for month in months],
    )


def spending_donut(figures: PeriodFigures, days: DateRange, currency: str) -> Donut | None:
    """By category; a name leads inside, a figure to its rows."""
    inside = f"{url('reports:where')}?range=period&category="
    slices = []
    for pk, name, spent in figures.spent_by_category():
        rows = spent_url(days, pk)
        slices.append(Slice(name, spent, f"{inside}{pk}" if pk else rows, rows))
    return Donut("Where it went", slices, currency, "spent") if slices else None


def pace_chart(pace: Pace, days: DateRange, before: BudgetPeriod | None, currency: str) -> Chart | None:
    """This period's spending day by day over that of the period before."""
    if not any([*pace.current, *pace.previous]):
        return None
    series = [Series("This period", pace.current, "accent", _up_to_each_day(days.start, len(pace.current)))]
    if (count := len(pace.previous)) and before:
        series.append(Series(before.name, pace.previous, "muted", _up_to_each_day(before.start_date, count)))
    labels = [str(day) for day in range(1, max(days.days, count) + 1)]
    return Chart("Spent so far, day by day", labels, series, currency)


def _up_to_each_day(first: date, count: int) -> list[str]:
    """The rows behind each sum, from the first day on."""
    if count > LINKED_DAYS:
        return []
    return [rows_url(DateRange(first, first + day * ONE_DAY), direction="spending") for day in range(count)]
