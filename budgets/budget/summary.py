"""A budget with what was spent: two statements, whatever the number of transactions."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import cast

from accounts.models import User
from budgets.models import BudgetPeriod
from budgets.models.carry_over import brought_forward
from transactions.summaries import totals
from wealthwise.core.days import zone_of
from wealthwise.core.money import ZERO
from wealthwise.core.periods import day_bounds
from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class Row:
    """One subcategory. ``budgeted`` is None without an allocation; ``spent`` is below zero when more came back."""

    subcategory_id: int
    name: str
    budgeted: Decimal | None
    is_recurring: bool
    spent: Decimal

    @property
    def balance(self) -> Decimal:
        """What is left to spend; negative when overspent."""
        return (self.budgeted or ZERO) - self.spent

    @property
    def is_overspent(self) -> bool:
        """More spent than allocated, or spent without an allocation."""
        return self.balance < 0


@dataclass(frozen=True, slots=True)
class Group:
    """One category with its subcategories; the sums are theirs."""

    category_id: int
    name: str
    rows: list[Row]

    @property
    def budgeted(self) -> Decimal:
        return sum((row.budgeted or ZERO for row in self.rows), ZERO)

    @property
    def spent(self) -> Decimal:
        return sum((row.spent for row in self.rows), ZERO)

    @property
    def balance(self) -> Decimal:
        return self.budgeted - self.spent


@dataclass(frozen=True, slots=True)
class Income:
    id: int
    name: str
    amount: Decimal
    is_recurring: bool


@dataclass(frozen=True, slots=True)
class BudgetSummary:
    """All figures of a period. Spending is expenses minus refunds in the person's days, transfers left out.

    ``received`` is what came in so far, in categories of income or uncategorised; ``uncategorised`` is what went
    out uncategorised, in ``uncategorised_count`` entries of either direction.
    """

    period: BudgetPeriod
    income_sources: list[Income]
    brought_forward: Decimal
    groups: list[Group]
    received: Decimal = ZERO
    uncategorised: Decimal = ZERO
    uncategorised_count: int = 0

    @property
    def income_total(self) -> Decimal:
        return sum((source.amount for source in self.income_sources), ZERO)

    @property
    def available(self) -> Decimal:
        return self.income_total + self.brought_forward

    @property
    def allocated(self) -> Decimal:
        return sum((group.budgeted for group in self.groups), ZERO)

    @property
    def to_allocate(self) -> Decimal:
        """Available minus allocated; negative when more is budgeted than there is."""
        return self.available - self.allocated

    @property
    def spent(self) -> Decimal:
        return sum((group.spent for group in self.groups), ZERO) + self.uncategorised

    @property
    def left(self) -> Decimal:
        """Available minus all that was spent: what the next period can bring forward."""
        return self.available - self.spent


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the statement: ``net`` sums all, ``received`` only what came in; ids are None if uncategorised."""

    category_id: int | None
    category: str
    kind: str
    subcategory_id: int | None
    subcategory: str
    budgeted: Decimal | None
    is_recurring: bool
    net: Decimal
    received: Decimal
    entries: int

    @property
    def is_shown(self) -> bool:
        return self.kind == "expense" or self.budgeted is not None

    def as_row(self) -> Row:
        spent = -self.net if self.kind == "expense" else ZERO
        return Row(cast(int, self.subcategory_id), self.subcategory, self.budgeted, self.is_recurring, spent)


@dataclass(slots=True)
class _Read:
    """The lines of a budget, sorted into what has a place in the table and what has not."""

    filed: list[_Line] = field(default_factory=list)
    loose: list[_Line] = field(default_factory=list)


_LINES = (
    totals.FILED  # noqa: S608 - constants only
    + """, planned AS (
        SELECT subcategory_id, allocated_amount, is_recurring_allocation FROM budget_allocation
        WHERE user_id = %(user)s AND budget_id = %(budget)s
    )
    SELECT c.id, c.name, c.kind, sc.id, sc.name, p.allocated_amount, coalesce(p.is_recurring_allocation, false),
           coalesce(f.net, 0), coalesce(f.received, 0), coalesce(f.entries, 0)
    FROM subcategory sc
    JOIN category c ON c.user_id = sc.user_id AND c.id = sc.category_id
    LEFT JOIN planned p ON p.subcategory_id = sc.id
    LEFT JOIN filed f ON f.subcategory_id = sc.id
    WHERE sc.user_id = %(user)s
    UNION ALL
    SELECT NULL, '', '', NULL, '', NULL, false, net, received, entries FROM filed WHERE subcategory_id IS NULL
"""
)


_INCOME = """
    SELECT id, name, amount, recurring_id IS NOT NULL FROM income_source
    WHERE user_id = %(user)s AND budget_id = %(budget)s
    ORDER BY name, id
"""


def budget_summary(user: User, period: BudgetPeriod) -> BudgetSummary:
    """Every subcategory of expenses, budgeted or not, with what was spent in ``period``; two statements.

    Read the period ``with_budget``, or it costs a third, and a fourth when something is brought forward.
    """
    read = _read(user, period)
    uncategorised = sum((line.received - line.net for line in read.loose), ZERO)
    return BudgetSummary(
        period=period,
        income_sources=_income(user, period),
        brought_forward=brought_forward(user, period),
        groups=_groups([line for line in read.filed if line.is_shown]),
        received=sum((line.net for line in read.filed if line.kind == "income"), ZERO)
        + sum((line.received for line in read.loose), ZERO),
        uncategorised=uncategorised,
        uncategorised_count=sum(line.entries for line in read.loose),
    )


def _income(user: User, period: BudgetPeriod) -> list[Income]:
    return [Income(*row) for row in rows_of(_INCOME, user=user.pk, budget=period.budget.pk)]


def _read(user: User, period: BudgetPeriod) -> _Read:
    start, end = day_bounds(period.start_date, period.end_date, zone_of(user))
    read = _Read()
    for values in rows_of(_LINES, user=user.pk, budget=period.budget.pk, start=start, end=end):
        line = _Line(*values)
        (read.loose if line.subcategory_id is None else read.filed).append(line)
    return read


def _groups(lines: list[_Line]) -> list[Group]:
    """By name, whatever the case; two names that differ only in case stay apart."""
    ordered = sorted(lines, key=lambda line: (line.category.casefold(), line.category_id, line.subcategory.casefold()))
    return [
        Group(category_id, name, [line.as_row() for line in members])
        for (category_id, name), members in groupby(ordered, key=lambda line: (line.category_id, line.category))
        if category_id is not None
    ]
