"""The months or years that a report goes by: their days, their names, and the switch between the two."""

from datetime import date

from budgets.reports.ranges import Asked, Link
from budgets.reports.report import ReportCell
from transactions.summaries.ranges import DateRange
from wealthwise.core.days import bucket_end, months_before
from wealthwise.core.locales import show_month


def by_unit(asked: Asked) -> list[Link]:
    """The switch between months and years; none where only one of them can be shown."""
    if asked.shown.months <= 12:
        return []
    choices = {"month": "By month", "year": "By year"}
    return [Link(label, asked.url(by=unit), unit == asked.unit) for unit, label in choices.items()]


def bucket_part(asked: Asked, first: date) -> DateRange:
    """The days of a month or year that belong to what is asked for."""
    return asked.date_range.part(first, bucket_end(first, asked.unit))


def buckets_of(asked: Asked) -> list[date]:
    """The first day of every month or year with a day that is shown, empty ones too, oldest first."""
    first, last = asked.shown.start, asked.shown.end
    if asked.unit == "year":
        return [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    return [months_before(first, -number) for number in range(asked.shown.months)]


def bucket_name(asked: Asked, first: date) -> str:
    return f"{first:%Y}" if asked.unit == "year" else show_month(first)


def bucket_label(asked: Asked, first: date) -> str:
    if asked.unit == "year":
        return f"{first:%Y}"
    return show_month(first, "MMM" if asked.shown.months <= 12 else "MMM yy")


def bucket_cell(asked: Asked, first: date) -> ReportCell:
    """A month or year; one that is not over says so."""
    text, raw = bucket_name(asked, first), f"{first:%Y}" if asked.unit == "year" else f"{first:%Y-%m}"
    is_open = first <= asked.today < bucket_part(asked, first).end
    return ReportCell(f"{text} so far" if is_open else text, raw)
