"""The budget page as prepared text: a summary's figures in words, each with the address of what is behind it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from budgets.forms import TypedAmounts
from budgets.models import BudgetPeriod
from budgets.summary import BudgetSummary, Group, Row
from wealthwise.locales import show_count, show_day
from wealthwise.money import format_money, format_typed
from wealthwise.periods import days_left
from wealthwise.templatetags.ui import bar

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures above the table; ``tone`` is a class of the stylesheet, ``note`` says it in words."""

    label: str
    value: str
    note: str
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """Budgeted, spent and what is left of a line, a category or all; ``tone`` is "over" when too much was spent."""

    budgeted: str
    spent: str
    balance: str
    tone: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One subcategory. ``typed`` is what the field holds, ``was`` what is stored, both as text."""

    id: int
    name: str
    typed: str
    was: str
    error: str
    is_recurring: bool
    sums: Sums
    bar: SafeString
    href: str
    cover: str


@dataclass(frozen=True, slots=True)
class GroupView:
    id: int
    name: str
    sums: Sums
    lines: list[LineView]


@dataclass(frozen=True, slots=True)
class IncomeView:
    id: int
    name: str
    amount: str
    is_recurring: bool


@dataclass(frozen=True, slots=True)
class Page:
    period: BudgetPeriod
    when: str
    figures: list[Figure]
    groups: list[GroupView]
    total: Sums
    uncategorised: str
    uncategorised_note: str
    uncategorised_href: str
    income: list[IncomeView]
    income_total: str
    earlier: BudgetPeriod | None = None
    later: BudgetPeriod | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts ``summary`` into words for ``user``; ``entered`` is what was typed and not accepted."""

    user: User
    summary: BudgetSummary
    entered: TypedAmounts = field(default_factory=TypedAmounts)

    def page(self, today: date, neighbours: list[BudgetPeriod]) -> Page:
        summary, period = self.summary, self.summary.period
        count = summary.uncategorised_count
        return Page(
            period=period,
            when=when(period, today),
            figures=self.figures(),
            groups=self.groups(),
            total=self.total(),
            uncategorised=self.money(summary.uncategorised),
            uncategorised_note=f"{show_count(count)} transaction{'' if count == 1 else 's'} without a category"
            if count
            else "",
            uncategorised_href=self.list_url(uncategorised="on"),
            income=[
                IncomeView(source.pk, source.name, self.money(source.amount), source.recurring_id is not None)
                for source in summary.income_sources
            ],
            income_total=self.money(summary.income_total),
            earlier=next((other for other in neighbours if other.start_date < period.start_date), None),
            later=next((other for other in neighbours if other.start_date > period.start_date), None),
        )

    def money(self, amount: Decimal) -> str:
        return format_money(amount, self.user.currency)

    def list_url(self, **filters: object) -> str:
        """The transactions of the period with that filter."""
        period = self.summary.period
        dates = {"date_from": period.start_date, "date_to": period.end_date}
        return f"{reverse('transactions:list')}?{urlencode(filters | dates)}"

    def figures(self) -> list[Figure]:
        summary = self.summary
        bring = reverse("budgets:brought_forward", args=[summary.period.pk])
        return [
            Figure("Income", self.money(summary.income_total), f"{self.money(summary.received)} received so far"),
            Figure("Brought forward", self.money(summary.brought_forward), "Change", href=bring),
            Figure("Budgeted", self.money(summary.allocated), f"of {self.money(summary.available)} available"),
            self._to_allocate(),
        ]

    def _to_allocate(self) -> Figure:
        amount = self.summary.to_allocate
        if amount < 0:
            return Figure("To allocate", self.money(amount), "More is budgeted than there is", "over")
        if amount == 0:
            return Figure("To allocate", self.money(amount), "Every amount has a place", "muted")
        return Figure("To allocate", self.money(amount), "Waiting for a plan", "income")

    def groups(self) -> list[GroupView]:
        return [
            GroupView(group.category_id, group.name, self._group_sums(group), [self._line(row) for row in group.rows])
            for group in self.summary.groups
        ]

    def only(self, ids: set[int]) -> list[GroupView]:
        """The groups that hold these subcategories, each with these lines alone."""
        chosen = [(group, [row for row in group.rows if row.subcategory_id in ids]) for group in self.summary.groups]
        return [
            GroupView(group.category_id, group.name, self._group_sums(group), [self._line(row) for row in rows])
            for group, rows in chosen
            if rows
        ]

    def total(self) -> Sums:
        return self._sums(self.summary.allocated, self.summary.spent)

    def _group_sums(self, group: Group) -> Sums:
        return self._sums(group.budgeted, group.spent)

    def _sums(self, budgeted: Decimal, spent: Decimal) -> Sums:
        balance = budgeted - spent
        words = f"{self.money(-balance)} over" if balance < 0 else self.money(balance)
        tone = "over" if balance < 0 else "" if balance else "muted"
        return Sums(self.money(budgeted), self.money(spent), words, tone)

    def _line(self, row: Row) -> LineView:
        pk, was = row.subcategory_id, self._in_field(row.budgeted)
        sums = self._sums(row.budgeted or ZERO, row.spent)
        move = reverse("budgets:move", args=[self.summary.period.pk])
        return LineView(
            id=pk,
            name=row.name,
            typed=self.entered.typed.get(pk, was),
            was=was,
            error=self.entered.errors.get(pk, ""),
            is_recurring=row.is_recurring,
            sums=sums,
            bar=bar(row.spent, row.budgeted or ZERO, f"{sums.spent} of {sums.budgeted} spent, {sums.balance}"),
            href=self.list_url(subcategory=pk),
            cover=f"{move}?{urlencode({'target': pk, 'amount': -row.balance})}" if row.is_overspent else "",
        )

    def _in_field(self, amount: Decimal | None) -> str:
        return "" if amount is None else format_typed(amount, self.user.currency, groups=True)


def _uncategorised(count: int) -> str:
    return f"{show_count(count)} transaction{'' if count == 1 else 's'} without a category" if count else ""


def when(period: BudgetPeriod, today: date) -> str:
    """The days of a period and how many are left, such as "1 Mar – 31 Mar 2026 · 12 days left"."""
    days = f"{show_day(period.start_date, 'short')} – {show_day(period.end_date)}"
    left = days_left(period.start_date, period.end_date, today)
    if today < period.start_date:
        ahead = (period.start_date - today).days
        return f"{days} · begins {'tomorrow' if ahead == 1 else f'in {ahead} days'}"
    return f"{days} · {'over' if left == 0 else 'last day' if left == 1 else f'{left} days left'}"
