"""The steps that a report goes by, months, years or the person's own periods: their days, names, and the switch."""

from datetime import date

from budgets.reports.ranges import MANY_MONTHS, PERIOD, Asked, Link
from budgets.reports.report import ReportCell
from transactions.summaries.ranges import DateRange
from wealthwise.core.days import ONE_DAY, bucket_end, months_before
from wealthwise.core.locales import show_day, show_month


def by_unit(asked: Asked) -> list[Link]:
    """The switch between months, years and periods; none where only one of them can be shown."""
    choices = {"month": "By month"}
    if asked.shown.months > 12:
        choices["year"] = "By year"
    if asked.cycle and asked.shown.months <= MANY_MONTHS:
        choices[PERIOD] = "By period"
    if len(choices) == 1:
        return []
    return [Link(label, asked.url(by=unit), unit == asked.unit) for unit, label in choices.items()]


def starts_of(asked: Asked) -> list[date]:
    """The first days of the person's own periods, where it goes by these; empty for months and years."""
    if asked.unit != PERIOD or asked.cycle is None:
        return []
    first = asked.cycle.begins(asked.cycle.number_of(asked.shown.start))
    return asked.cycle.days_between(first, asked.shown.end)


def bucket_part(asked: Asked, first: date) -> DateRange:
    """The days of a step that belong to what is asked for."""
    if asked.unit == PERIOD and asked.cycle:
        return asked.date_range.part(first, asked.cycle.begins(asked.cycle.number_of(first) + 1) - ONE_DAY)
    return asked.date_range.part(first, bucket_end(first, asked.unit))


def buckets_of(asked: Asked) -> list[date]:
    """The first day of every step with a day that is shown, empty ones too, oldest first."""
    if starts := starts_of(asked):
        return starts
    first, last = asked.shown.start, asked.shown.end
    if asked.unit == "year":
        return [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    return [months_before(first, -number) for number in range(asked.shown.months)]


def bucket_name(asked: Asked, first: date) -> str:
    if asked.unit == PERIOD and asked.cycle:
        return asked.cycle.around(first).name
    return f"{first:%Y}" if asked.unit == "year" else show_month(first)


def bucket_label(asked: Asked, first: date) -> str:
    if asked.unit == PERIOD:
        return show_day(first, "short")
    if asked.unit == "year":
        return f"{first:%Y}"
    return show_month(first, "MMM" if asked.shown.months <= 12 else "MMM yy")


def bucket_cell(asked: Asked, first: date) -> ReportCell:
    """A step; one that is not over says so, and so does a period that the range cuts."""
    raw = {"year": f"{first:%Y}", PERIOD: first.isoformat()}.get(asked.unit, f"{first:%Y-%m}")
    text = bucket_name(asked, first)
    part = bucket_part(asked, first)
    if first <= asked.today < part.end:
        text = f"{text} so far"
    elif asked.unit == PERIOD and part.start > first:
        text = f"{text}, from {show_day(part.start, 'short')}"
    elif asked.cycle and asked.unit == PERIOD and not asked.cycle.fits(part.end + ONE_DAY):
        text = f"{text}, to {show_day(part.end, 'short')}"
    return ReportCell(text, raw)
