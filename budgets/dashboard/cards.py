"""The dashboard as prepared text: a snapshot's figures in words, each with the address of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from budgets.dashboard.dashboard_html import budget_bars, rows, stat_tiles
from budgets.dashboard.lists import OpenAccount, RecentTransaction
from budgets.dashboard.snapshot import Figures, Line, Snapshot
from budgets.models import BudgetPeriod
from transactions.search.links import edit_url, list_url, rows_url, spent_url
from transactions.summaries.ranges import Stretch
from transactions.summaries.totals import MonthFlow
from wealthwise.core.charts.data import Chart, Donut, Series, Slice
from wealthwise.core.days import end_of_month
from wealthwise.core.locales import show_count, show_day, show_month
from wealthwise.core.money import ZERO, format_money

MAX_BARS: Final = 8
MAX_OVERSPENT: Final = 3
USED_UP: Final = Decimal("0.985")
LINKED_DAYS: Final = 62  # a pace of more days has a table without an address for each


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure with a line of context; ``tone`` is a class of the stylesheet."""

    label: str
    value: str
    note: str
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs attention, and where it is dealt with."""

    text: str
    action: str
    href: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class BudgetBar:
    """``spent`` and ``allocated`` are for the bar; the rest is text."""

    name: str
    spent: Decimal
    allocated: Decimal
    figures: str
    note: str
    label: str
    is_over: bool
    href: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """An account or a transaction, with what is said about it and its amount."""

    name: str
    detail: str
    amount: str
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template prints. ``state`` is ready, no_active or no_period."""

    state: str
    period: BudgetPeriod | None
    when: str
    stats: list[Stat]
    concerns: list[Concern]
    flow: Chart | None
    spending: Donut | None
    pace: Chart | None
    pace_note: str
    pace_href: str
    where_href: str
    bars: list[BudgetBar]
    accounts: list[RowLine]
    net_worth: str
    owned: str
    owed: str
    recent: list[RowLine]
    sample_rows: str

    def stats_html(self) -> SafeString:
        return stat_tiles(self.stats)

    def bars_html(self) -> SafeString:
        return budget_bars(self.bars)

    def accounts_html(self) -> SafeString:
        return rows(self.accounts)

    def recent_html(self) -> SafeString:
        return rows(self.recent)

    @property
    def is_blank(self) -> bool:
        """Nothing at all has been entered yet."""
        return not (self.accounts or self.recent)


def dashboard_page(user: User, found: Snapshot, today: date) -> Page:
    """Put ``found`` into words for ``user``."""
    active = found.period if found.period and found.period.is_active else None
    state = "ready" if active else "no_active" if found.period else "no_period"
    cards = _PeriodCards(user, active, found.figures, today) if active else None
    return Page(
        state=state,
        period=found.period,
        when=_when(active, found.figures.days_left, today) if active else "",
        stats=list(cards.stats()) if cards else [],
        concerns=list(cards.concerns()) if cards else [],
        flow=_flow_chart(found.flow, user.currency),
        spending=cards.donut() if cards else None,
        pace=_pace_chart(found, user.currency) if active else None,
        pace_note=_pace_note(found, user.currency),
        pace_href=f"{reverse('reports:pace')}?range=period",
        where_href=f"{reverse('reports:where')}?range=period",
        bars=cards.bars() if cards else [],
        accounts=[_account_line(account, user.currency) for account in found.lists.accounts],
        **_net_worth(found.lists.accounts, user.currency),
        recent=[_recent_line(row, user.currency, today) for row in found.lists.recent],
        sample_rows=show_count(found.lists.sample_rows) if found.lists.sample_rows else "",
    )


def _net_worth(accounts: list[OpenAccount], currency: str) -> dict[str, str]:
    """Net worth, what is owned and what is owed; the last is empty for nobody's debt."""
    balances = [account.balance for account in accounts]
    owned = sum((balance for balance in balances if balance > 0), ZERO)
    owed = -sum((balance for balance in balances if balance < 0), ZERO)
    return {
        "net_worth": format_money(owned - owed, currency),
        "owned": format_money(owned, currency),
        "owed": format_money(owed, currency) if owed else "",
    }


def _day(day: date) -> str:
    return show_day(day, "short")


def _when(period: BudgetPeriod, days_left: int, today: date) -> str:
    if today < period.start_date:
        left = _starts(period, today)
    elif days_left == 0:
        left = "over"
    else:
        left = "last day" if days_left == 1 else f"{days_left} days left"
    return f"{_day(period.start_date)} – {_day(period.end_date)} · {left}"


def _starts(period: BudgetPeriod, today: date) -> str:
    wait = (period.start_date - today).days
    return "starts tomorrow" if wait == 1 else f"starts in {wait} days"


@dataclass(frozen=True, slots=True)
class _PeriodCards:
    """What is said about the active period."""

    user: User
    period: BudgetPeriod
    figures: Figures
    today: date

    def money(self, amount: Decimal) -> str:
        return format_money(amount, self.user.currency)

    def rows(self, **filters: object) -> str:
        """The list of the period's transactions with that filter."""
        return rows_url(self.stretch, **filters)

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.period.start_date, self.period.end_date)

    @property
    def is_unplanned(self) -> bool:
        """Neither income nor a plan for it."""
        return not (self.figures.available or self.figures.allocated)

    def stats(self) -> Iterator[Stat]:
        figures = self.figures
        budget = reverse("budgets:budget")
        tone = "over" if figures.left_to_spend < 0 else ""
        yield Stat("Left to spend", self.money(figures.left_to_spend), self._per_day(), budget, tone)
        planned = f"of {self.money(figures.planned)} planned" if figures.planned else "none planned"
        tone = "income" if figures.income > 0 else ""
        yield Stat("Income", self.money(figures.income), planned, self.rows(direction="earnings"), tone)
        allocated = f"of {self.money(figures.allocated)} budgeted" if figures.allocated else "nothing budgeted yet"
        yield Stat("Spent", self.money(figures.spent), allocated, self.rows(direction="spending"))
        yield self._to_allocate(budget)

    def _per_day(self) -> str:
        figures = self.figures
        if self.is_unplanned:
            return "no income planned yet"
        if figures.days_left == 0:
            return "the period is over"
        if figures.left_to_spend <= 0:
            return "all of it is spent"
        if self.today < self.period.start_date:
            return f"{self.money(figures.per_day)} a day, {_starts(self.period, self.today)}"
        if figures.days_left == 1:
            return "for today, the last day"
        return f"{self.money(figures.per_day)} a day for {figures.days_left} days"

    def _to_allocate(self, href: str) -> Stat:
        amount = self.figures.to_allocate
        tone, note = ("income", "waiting for a plan") if amount > 0 else ("", "every amount has a place")
        if amount < 0:
            tone, note = "over", "more budgeted than available"
        elif self.is_unplanned:
            note = "no income planned yet"
        return Stat("To allocate", self.money(amount), note, href, tone)

    def concerns(self) -> Iterator[Concern]:
        overspent = self.figures.overspent
        for line in overspent[:MAX_OVERSPENT]:
            href = self.rows(subcategory=line.subcategory_id)
            yield Concern(f"{line.subcategory}: {self._over(line)}", "See what", href, "exclamation-triangle", "bad")
        budget = reverse("budgets:budget")
        if (more := len(overspent) - MAX_OVERSPENT) > 0:
            text = f"{more} more {'budget is' if more == 1 else 'budgets are'} over"
            yield Concern(text, "Open budget", budget, "exclamation-triangle", "bad")
        if self.figures.to_allocate < 0:
            text = f"{self.money(-self.figures.to_allocate)} more is budgeted than available"
            yield Concern(text, "Balance it", budget, "scale", "bad")
        if count := self.figures.uncategorised:
            text = (
                "1 transaction needs a category" if count == 1 else f"{show_count(count)} transactions need a category"
            )
            yield Concern(
                text, "File " + ("it" if count == 1 else "them"), self.rows(uncategorised="on"), "tag", "warn"
            )

    def _over(self, line: Line) -> str:
        over = self.money(line.over)
        return f"{over} over" if line.allocated else f"{over} spent, nothing budgeted"

    def donut(self) -> Donut | None:
        """By category; a name leads inside, a figure to its rows. None when nothing is spent."""
        slices = []
        for pk, name, spent in self.figures.spent_by_category():
            rows = spent_url(self.stretch, pk)
            inside = f"{reverse('reports:where')}?range=period&category={pk}" if pk else rows
            slices.append(Slice(name, spent, inside, rows))
        return Donut("Where it went", slices, self.user.currency, "spent") if slices else None

    def bars(self) -> list[BudgetBar]:
        """Overspent first, then by use; what is as good as used up (a paid bill) needs no decision and comes last."""
        overspent = self.figures.overspent
        within = [line for line in self.figures.lines if line.allocated and line.over == 0]
        within.sort(key=lambda line: (line.use > USED_UP, -line.use, -(line.allocated or ZERO)))
        return [self._bar(line) for line in [*overspent, *within][:MAX_BARS]]

    def _bar(self, line: Line) -> BudgetBar:
        allocated = line.allocated or ZERO
        left = allocated - line.spent
        note = self._over(line) if line.over else f"{self.money(left)} left" if left else "used up"
        figures = f"{self.money(line.spent)} of {self.money(allocated)}"
        label = f"{line.subcategory}: {figures}, {note}"
        href = self.rows(subcategory=line.subcategory_id)
        return BudgetBar(line.subcategory, line.spent, allocated, figures, note, label, line.over > 0, href)


def _flow_chart(flow: list[MonthFlow], currency: str) -> Chart | None:
    """None while there is neither income nor spending in any of the months."""
    if not any(row.income or row.spent for row in flow):
        return None
    months = [Stretch(row.month, end_of_month(row.month)) for row in flow]
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


def _pace_chart(found: Snapshot, currency: str) -> Chart | None:
    """This period's spending day by day over that of the stretch before; None before the first day and without any."""
    pace = found.pace
    if not any([*pace.current, *pace.previous]) or found.period is None:
        return None
    first = found.period.start_date
    days = max((found.period.end_date - first).days + 1, len(pace.previous))
    series = [Series("This period", pace.current, "accent", _up_to_each_day(first, pace.current))]
    if pace.previous:
        before = first - timedelta(days=len(pace.previous))
        series.append(Series("Last period", pace.previous, "muted", _up_to_each_day(before, pace.previous)))
    return Chart("Spent so far, day by day", [str(day) for day in range(1, days + 1)], series, currency)


def _up_to_each_day(first: date, sums: Sequence[Decimal]) -> list[str]:
    """The rows behind each sum, from the first day on."""
    if len(sums) > LINKED_DAYS:
        return []
    return [rows_url(Stretch(first, first + timedelta(days=day)), direction="spending") for day in range(len(sums))]


def _pace_note(found: Snapshot, currency: str) -> str:
    pace = found.pace
    if not pace.current or not pace.previous:
        return ""
    day = min(len(pace.current), len(pace.previous))
    change = pace.current[-1] - pace.previous[day - 1]
    if not change:
        return "As much as last period by this day."
    return f"{format_money(abs(change), currency)} {'more' if change > 0 else 'less'} than last period by this day."


def _account_line(account: OpenAccount, currency: str) -> RowLine:
    parts = [account.type, account.bank]
    return RowLine(
        account.name,
        " · ".join(part for part in parts if part and part != account.name),
        format_money(account.balance, currency),
        list_url(account=account.id),
    )


def _recent_line(row: RecentTransaction, currency: str, today: date) -> RowLine:
    day = {today: "Today", today - timedelta(days=1): "Yesterday"}.get(row.day) or _day(row.day)
    filed = "Transfer" if row.is_transfer else row.subcategory or "Uncategorised"
    parts = [day, filed, row.account]
    tone = "income" if row.amount > 0 and not row.is_transfer else "expense"
    return RowLine(
        row.description,
        " · ".join(part for part in parts if part),
        format_money(row.amount, currency, sign=True),
        edit_url(row.id),
        tone,
    )
