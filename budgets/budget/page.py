"""The budget page as prepared text: a summary's figures in words, each with the address of what is behind it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import User
from budgets.budget.forms import TypedAmounts
from budgets.budget.summary import BudgetSummary, Group, Row
from budgets.models import BudgetPeriod, carry_over
from budgets.periods.switcher import Switcher, when
from transactions.search import links
from wealthwise.core.addresses import address
from wealthwise.core.locales import counted, show_count
from wealthwise.core.money import ZERO, format_money, format_typed


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
    """One subcategory. ``typed`` is what the field holds, ``was`` what is stored, both as text.

    ``used`` says what the bar of ``spent`` against ``budgeted`` shows; the rest are addresses.
    """

    id: int
    name: str
    typed: str
    was: str
    error: str
    is_recurring: bool
    is_unplanned: bool
    sums: Sums
    spent: Decimal
    budgeted: Decimal
    used: str
    href: str
    cover: str
    adjust: str
    save: str


@dataclass(frozen=True, slots=True)
class GroupView:
    id: int
    name: str
    sums: Sums
    lines: list[LineView]
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class IncomeView:
    """``typed`` is what the amount's field holds."""

    id: int
    name: str
    typed: str
    is_recurring: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How the table is shown, from the address: ``sort`` by name or "over" spent first; groups open or "closed"."""

    sort: str = ""
    groups: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> "Look":
        return cls("over" if data.get("sort") == "over" else "", "closed" if data.get("groups") == "closed" else "")

    def query(self, **changes: str) -> str:
        """The part of an address after the path that shows this look, or this one changed; empty for the usual."""
        chosen = {"sort": self.sort, "groups": self.groups} | changes
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{query}" if query else ""


@dataclass(frozen=True, slots=True)
class Page:
    period: BudgetPeriod
    when: str
    figures: list[Figure]
    groups: list[GroupView]
    total: Sums
    overspent: str
    uncategorised: str
    uncategorised_note: str
    uncategorised_href: str
    income: list[IncomeView]
    income_total: str
    switch: Switcher


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts ``summary`` into words for ``user``; ``entered`` is what was typed and not accepted."""

    user: User
    summary: BudgetSummary
    entered: TypedAmounts = field(default_factory=TypedAmounts)
    look: Look = Look()

    def page(self, today: date, switch: Switcher) -> Page:
        summary, period = self.summary, self.summary.period
        count = summary.uncategorised_count
        return Page(
            period=period,
            when=when(period, today),
            figures=self.figures(),
            groups=self.groups(),
            total=self.total(),
            overspent=self._overspent(),
            uncategorised=self.money(summary.uncategorised),
            uncategorised_note=_uncategorised(count),
            uncategorised_href=self.list_url(uncategorised="on"),
            income=self.income(),
            income_total=self.income_total(),
            switch=switch,
        )

    def income(self) -> list[IncomeView]:
        return [
            IncomeView(source.id, source.name, self._in_field(source.amount), source.is_recurring)
            for source in self.summary.income_sources
        ]

    def income_total(self) -> str:
        return self.money(self.summary.income_total)

    def said(self, ids: set[int]) -> str:
        """What a changed amount did, for those who cannot see it."""
        rows = [row for group in self.summary.groups for row in group.rows if row.subcategory_id in ids]
        parts = [
            f"{row.name}: {self.money(row.budgeted or ZERO)} budgeted, {self._left(row.balance)}." for row in rows
        ]
        return " ".join([*parts, f"To allocate: {self.money(self.summary.to_allocate)}."])

    def _left(self, balance: Decimal) -> str:
        return f"{self.money(abs(balance))} {'over' if balance < 0 else 'left'}"

    def _overspent(self) -> str:
        rows = [row for group in self.summary.groups for row in group.rows if row.is_overspent]
        unplanned = sum(1 for row in rows if not row.budgeted)
        if not rows:
            return ""
        return f"{show_count(len(rows))} overspent" + (
            f", {show_count(unplanned)} of them without a budget" if unplanned else ""
        )

    def money(self, amount: Decimal) -> str:
        return format_money(amount, self.user.currency)

    def list_url(self, **filters: object) -> str:
        """The transactions of the period with that filter."""
        period = self.summary.period
        return links.list_url(**filters, date_from=period.start_date, date_to=period.end_date)

    def figures(self) -> list[Figure]:
        summary, period = self.summary, self.summary.period
        bring = address("budgets:brought_forward", period.pk)
        carried = summary.brought_forward - period.budget.brought_forward
        words = carry_over.in_words(period.budget.carry_over, carried, self.user.currency)
        return [
            Figure("Income", self.money(summary.income_total), f"{self.money(summary.received)} received so far"),
            Figure("Brought forward", self.money(summary.brought_forward), words, href=bring),
            Figure("Budgeted", self.money(summary.allocated), f"of {self.money(summary.available)} available"),
            self._to_allocate(),
        ]

    def _to_allocate(self) -> Figure:
        amount = self.summary.to_allocate
        if amount < 0:
            return Figure("To allocate", self.money(amount), "More is budgeted than there is", "over")
        if amount == 0:
            words = "Every amount has a place" if self.summary.allocated else "No income planned yet"
            return Figure("To allocate", self.money(amount), words, "muted")
        return Figure("To allocate", self.money(amount), "Waiting for a plan", "income")

    def groups(self) -> list[GroupView]:
        groups = self.summary.groups
        if self.look.sort:
            groups = sorted(groups, key=lambda group: min((row.balance for row in group.rows), default=ZERO))
        return [self._group(group) for group in groups]

    def _group(self, group: Group) -> GroupView:
        rows = sorted(group.rows, key=lambda row: row.balance) if self.look.sort else group.rows
        has_over = any(row.is_overspent for row in rows)
        has_error = any(row.subcategory_id in self.entered.errors for row in rows)
        is_open = has_error or (not self.look.groups and (has_over or not self.look.sort))
        lines = [self._line(row) for row in rows]
        return GroupView(group.category_id, group.name, self._group_sums(group), lines, is_open)

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
        pk, period_id, was = row.subcategory_id, self.summary.period.pk, self._in_field(row.budgeted)
        budgeted = row.budgeted or ZERO
        sums = self._sums(budgeted, row.spent)
        cover = f"{address('budgets:move', period_id)}?target={pk}&amount={-row.balance}"
        return LineView(
            id=pk,
            name=row.name,
            typed=self.entered.typed.get(pk, was),
            was=was,
            error=self.entered.errors.get(pk, ""),
            is_recurring=row.is_recurring,
            is_unplanned=row.is_overspent and not row.budgeted,
            sums=sums,
            spent=row.spent,
            budgeted=budgeted,
            used=f"{sums.spent} of {sums.budgeted} spent, {sums.balance}",
            href=self.list_url(subcategory=pk),
            cover=cover if row.is_overspent else "",
            adjust=address("budgets:line", period_id, pk),
            save=address("budgets:allocate", period_id),
        )

    def _in_field(self, amount: Decimal | None) -> str:
        return "" if amount is None else format_typed(amount, self.user.currency, groups=True)


def _uncategorised(count: int) -> str:
    return f"{counted(count, 'transaction')} without a category" if count else ""
