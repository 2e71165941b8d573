"""Which days a report is about, a preset or two days in its URL, and which it is compared to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import Http404, QueryDict

from accounts.models import User
from budgets.models import BudgetPeriod
from budgets.periods.active import standing_of
from transactions.models.cached_names import names_of
from transactions.search.links import rows_url, spent_url
from transactions.summaries.ranges import DateRange, Narrowed, Span, span_of
from wealthwise.core.days import ONE_DAY, end_of_month, first_of_month, months_before, today_of
from wealthwise.core.fields import DayField
from wealthwise.core.locales import show_day
from wealthwise.core.periods import DAY, Cycle

PERIOD: Final = "period"
PRESETS: Final = {
    "this-month": "This month",
    "last-3": "3 months",
    "last-6": "6 months",
    "last-12": "12 months",
    "this-year": "This year",
    "last-year": "Last year",
    "all": "All",
}
MONTHS: Final = {"this-month": 1, "last-3": 3, "last-6": 6, "last-12": 12}
MANY_MONTHS: Final = 36  # more are shown by year, unless asked for
TOO_MANY_MONTHS: Final = 240
SHORTEST_STEP: Final = 7  # days of a period that reports can go by
KEPT_ALONG: Final = ("by", "kind", "category", "account", "tag", "compare")
COMPARED: Final = {"": "Alone", "before": "With the time before", "year": "With a year before"}


class RangeForm(forms.Form):
    """Two days, either of which can be missing; the first is not after the second."""

    use_required_attribute = False

    date_from = DayField(label="From", required=False)
    date_to = DayField(label="To", required=False)

    def clean(self) -> dict[str, Any]:
        days = super().clean() or self.cleaned_data
        if days.get("date_from") and days.get("date_to") and days["date_to"] < days["date_from"]:
            raise forms.ValidationError("The last day is before the first.")
        return days


@dataclass(frozen=True, slots=True)
class Link:
    """One choice among several."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True)
class Asked:
    """What the URL asks for, with what the answer depends on: two statements, whatever is asked.

    ``default`` is the preset of a URL that says nothing. ``period`` is the active one or the nearest, ``before`` its
    real predecessor.
    """

    user: User
    data: QueryDict
    today: date
    span: Span
    period: BudgetPeriod | None
    before: BudgetPeriod | None
    default: str

    @cached_property
    def form(self) -> RangeForm:
        known = {name: self.data[name] for name in ("date_from", "date_to") if self.data.get(name)}
        return RangeForm(known) if known else RangeForm(initial=self._days())

    def _days(self) -> dict[str, date]:
        date_range = self.preset_range(self.preset)
        return {"date_from": date_range.start, "date_to": date_range.end}

    @cached_property
    def is_free(self) -> bool:
        """Whether two days are asked for, and can be read."""
        return self.form.is_bound and self.form.is_valid() and any(self.form.cleaned_data.values())

    @property
    def fault(self) -> str:
        """What is wrong with the two days, in sentences."""
        return " ".join(str(fault) for faults in self.form.errors.values() for fault in faults)

    @cached_property
    def preset(self) -> str:
        known = [*PRESETS, *([PERIOD] if self.period else [])]
        asked = self.data.get("range", "")
        return next(name for name in (asked, self.default, "this-month") if name in known)

    @cached_property
    def date_range(self) -> DateRange:
        """The days asked for."""
        if not self.is_free:
            return self.preset_range(self.preset)
        start, end = self.form.cleaned_data["date_from"], self.form.cleaned_data["date_to"]
        end = end or max(self.today, start)
        return DateRange(start or min(self.span.first or end, end), end)

    def preset_range(self, name: str) -> DateRange:
        today = self.today
        if name == PERIOD and self.period:
            return DateRange(self.period.start_date, self.period.end_date)
        if name in ("this-year", "last-year"):
            year = today.year - (name == "last-year")
            return DateRange(date(year, 1, 1), date(year, 12, 31))
        first, last = first_of_month(today), end_of_month(today)
        if name == "all":
            known = self.span
            return DateRange(
                min(first_of_month(known.first or today), first), max(end_of_month(known.last or today), last)
            )
        return DateRange(months_before(first, MONTHS[name] - 1), last)

    @cached_property
    def shown(self) -> DateRange:
        """The days asked for without the whole months before the first row and after the last, or today."""
        first = first_of_month(self.span.first or self.today)
        last = end_of_month(max(self.span.last or self.today, self.today))
        return self.date_range.part(first, last)

    @property
    def is_outside(self) -> bool:
        """Nothing can be there: no transaction at all, or all of them before or after."""
        return self.span.first is None or self.shown.end < self.shown.start

    @cached_property
    def account(self) -> int | None:
        """The one account that it is about, by its id; one of somebody else is not there."""
        return self._own("account", names_of(self.user).accounts)

    @cached_property
    def tag(self) -> int | None:
        """The one tag that it is about, likewise."""
        return self._own("tag", names_of(self.user).tags)

    def _own(self, name: str, known: Mapping[int, str]) -> int | None:
        if not self.data.get(name):
            return None
        found = self.number(name)
        if found not in known:
            raise Http404
        return found

    @property
    def only(self) -> Narrowed:
        return Narrowed(self.account, self.tag)

    def accounts(self) -> list[Link]:
        """All of them, and each."""
        names = names_of(self.user).accounts
        of_each = [Link(name, self.url(account=pk), pk == self.account) for pk, name in names.items()]
        return [Link("All accounts", self.url(account=None), self.account is None), *of_each]

    def tags(self) -> list[Link]:
        """With any tag or none, and of each; nothing for people without tags."""
        names = names_of(self.user).tags
        of_each = [Link(f"#{name}", self.url(tag=pk), pk == self.tag) for pk, name in names.items()]
        return [Link("Any tag or none", self.url(tag=None), self.tag is None), *of_each] if names else []

    def rows(self, days: DateRange, **filters: object) -> str:
        """The transactions of those days, of the account and the tag asked for."""
        return rows_url(days, **self.narrowing, **filters)

    def all_rows(self, days: DateRange) -> str:
        """All of those days. A list of one account counts its transfers, so no figure of a report leads to it."""
        return "" if self.account else self.rows(days)

    def spent(self, days: DateRange, category_id: int | None) -> str:
        """The rows that make up the spending of an expense category; of None, of what is uncategorised."""
        return spent_url(days, category_id, **self.narrowing)

    @property
    def narrowing(self) -> dict[str, object]:
        """The account and the tag, as an address has them."""
        return {name: pk for name, pk in (("account", self.account), ("tag", self.tag)) if pk}

    @property
    def compared(self) -> DateRange | None:
        """The days that the ones asked for are compared with, where the URL says so."""
        compare = self.data.get("compare")
        if compare == "year":
            return DateRange(year_before(self.date_range.start), year_before(self.date_range.end))
        return self.earlier if compare == "before" else None

    def comparisons(self) -> list[Link]:
        asked = self.data.get("compare", "")
        return [
            Link(label, self.url(compare=name or None), name == asked or (not name and asked not in COMPARED))
            for name, label in COMPARED.items()
        ]

    @cached_property
    def cycle(self) -> Cycle | None:
        """How the person's own periods go on; None where that is by months of the calendar, or not known."""
        cycle = self.period.known_cycle if self.period else None
        if cycle is None or cycle.shortest < SHORTEST_STEP:
            return None
        is_of_calendar = cycle.kind == DAY and cycle.anchor.day == 1
        return None if is_of_calendar or (cycle.is_of_months and cycle.length > 1) else cycle

    @cached_property
    def unit(self) -> str:
        """Month, year or period: as asked, or what is readable."""
        is_by_period = self.cycle and self.data.get("by") == PERIOD and self.shown.months <= MANY_MONTHS
        return PERIOD if is_by_period else self.calendar_unit

    @cached_property
    def calendar_unit(self) -> str:
        """Month or year, for what goes by the calendar alone."""
        months = self.shown.months
        if months > TOO_MANY_MONTHS:
            return "year"
        asked = self.data.get("by")
        return asked if asked in ("month", "year") else "year" if months > MANY_MONTHS else "month"

    @property
    def is_of_period(self) -> bool:
        return bool(self.period) and not self.is_free and self.preset == PERIOD

    @property
    def earlier(self) -> DateRange | None:
        """What the range asked for is compared to: the period before, or as many months or days just before it."""
        if self.is_of_period:
            return DateRange(self.before.start_date, self.before.end_date) if self.before else None
        return DateRange(range_before(self.date_range), self.date_range.start - ONE_DAY)

    @property
    def in_words(self) -> str:
        start, end = self.date_range.start, self.date_range.end
        if self.period and self.is_of_period:
            return f"{self.period.name}, {day_in_words(start)} – {day_in_words(end)}"
        return day_in_words(start) if start == end else f"{day_in_words(start)} – {day_in_words(end)}"

    @property
    def range_query(self) -> dict[str, Any]:
        """The parameters of the range alone, to carry it to another report; empty when none was chosen."""
        if self.is_free:
            return {"date_from": self.date_range.start, "date_to": self.date_range.end}
        return {"range": self.preset} if self.data.get("range") else {}

    def url(self, **changes: Any) -> str:
        """This report's query string with changes; None removes a parameter."""
        others = {name: self.data[name] for name in KEPT_ALONG if self.data.get(name)}
        return query_string(others | self.range_query | changes)

    @property
    def saved_query(self) -> str:
        """What is kept of this report under a name: all that it asks for, the range too where none was chosen."""
        others = {name: self.data[name] for name in KEPT_ALONG if self.data.get(name)}
        return query_string(others | (self.range_query or {"range": self.preset})).removeprefix("?")

    def presets(self) -> list[Link]:
        names = PRESETS | ({PERIOD: self.period.name} if self.period else {})
        return [
            Link(
                label,
                self.url(range=name, date_from=None, date_to=None),
                not self.is_free and name == self.preset,
            )
            for name, label in names.items()
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that the form of the two days carries along."""
        return [(name, str(self.data[name])) for name in KEPT_ALONG if self.data.get(name)]

    def number(self, name: str) -> int | None:
        text = self.data.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else None


def ask(user: User, data: QueryDict, default: str) -> Asked:
    """Read the URL of a report."""
    standing = standing_of(user)
    return Asked(user, data, today_of(user), span_of(user), standing.current, standing.before, default)


def query_string(parameters: dict[str, Any]) -> str:
    return "?" + urlencode({name: value for name, value in parameters.items() if value is not None})


def day_in_words(day: date) -> str:
    return show_day(day)


def year_before(day: date) -> date:
    """The same day of the year before; of 29 February, and of the last of February, the last."""
    if (day + ONE_DAY).day == 1:
        return end_of_month(date(day.year - 1, day.month, 1))
    return day.replace(year=day.year - 1)


def range_before(date_range: DateRange) -> date:
    """The first day of the range before: as many whole months back for whole months, as many days otherwise."""
    after = date_range.end + ONE_DAY
    if date_range.start.day == after.day == 1:
        return months_before(date_range.start, date_range.months)
    return date_range.start - date_range.days * ONE_DAY
