"""A budget with what was spent: two statements, whatever the number of transactions."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from accounts.models import User
from budgets.models import BudgetPeriod
from transactions.summaries import totals
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of


class BudgetLine(NamedTuple):
    """One subcategory, by its ``id``.

    ``budgeted`` is None without an allocation; ``spent`` is below zero when more came back; ``rolled`` is what it took
    over from the period before, below zero when something was missing. ``policy`` is its own, empty for the budget's.
    """

    id: int
    name: str
    budgeted: Decimal | None
    is_recurring: bool
    spent: Decimal
    rolled: Decimal = ZERO
    policy: str = ""

    @property
    def allocated(self) -> Decimal:
        return self.budgeted or ZERO

    @property
    def placed(self) -> Decimal:
        """All that there is to spend: allocated, and taken over."""
        return self.allocated + self.rolled

    @property
    def balance(self) -> Decimal:
        """What is left to spend; negative when overspent."""
        return self.placed - self.spent

    @property
    def is_overspent(self) -> bool:
        """More spent than there was for it, or spent without an allocation."""
        return self.balance < 0


@dataclass(frozen=True)
class BudgetGroup:
    """One category with its subcategories; the sums are theirs."""

    id: int
    name: str
    lines: list[BudgetLine]

    @cached_property
    def budgeted(self) -> Decimal:
        return sum((line.allocated for line in self.lines), ZERO)

    @cached_property
    def spent(self) -> Decimal:
        return sum((line.spent for line in self.lines), ZERO)

    @cached_property
    def rolled(self) -> Decimal:
        return sum((line.rolled for line in self.lines), ZERO)

    @property
    def balance(self) -> Decimal:
        return self.budgeted + self.rolled - self.spent


class PlannedIncome(NamedTuple):
    id: int
    name: str
    amount: Decimal
    is_recurring: bool


@dataclass(frozen=True)
class BudgetSummary:
    """All figures of a period. Spending is expenses minus refunds in the user's days, transfers left out.

    ``carried`` is what the period before left over, as far as it is taken over, that of subcategories included.
    ``received`` is what came in so far, in categories of income or uncategorised; ``uncategorised`` is what went out
    uncategorised, in ``uncategorised_count`` entries.
    """

    period: BudgetPeriod
    income_sources: list[PlannedIncome]
    carried: Decimal
    groups: list[BudgetGroup]
    received: Decimal = ZERO
    uncategorised: Decimal = ZERO
    uncategorised_count: int = 0

    @property
    def brought_forward(self) -> Decimal:
        """All that was there before the period's income; below zero when it begins with a debt."""
        return self.period.budget.brought_forward + self.carried

    @cached_property
    def income_total(self) -> Decimal:
        return sum((source.amount for source in self.income_sources), ZERO)

    @property
    def available(self) -> Decimal:
        return self.income_total + self.brought_forward

    @cached_property
    def allocated(self) -> Decimal:
        return sum((group.budgeted for group in self.groups), ZERO)

    @cached_property
    def rolled(self) -> Decimal:
        """What subcategories took over for themselves: it has its place already."""
        return sum((group.rolled for group in self.groups), ZERO)

    @cached_property
    def to_allocate(self) -> Decimal:
        """Available minus all that has a place; negative when more is budgeted than there is."""
        return self.available - self.allocated - self.rolled

    @cached_property
    def spent(self) -> Decimal:
        return sum((group.spent for group in self.groups), ZERO) + self.uncategorised

    @property
    def left(self) -> Decimal:
        """Available as planned minus all that was spent: what the next period can bring forward by that basis."""
        return self.available - self.spent

    @property
    def stands(self) -> Decimal:
        """As `left`, by what came in instead of what was planned."""
        return self.brought_forward + self.received - self.spent

    @cached_property
    def overspent(self) -> list[BudgetLine]:
        return [line for group in self.groups for line in group.lines if line.is_overspent]


class _Filed(NamedTuple):
    """A row of the statement: ``net`` sums all, ``received`` only what came in; ids are None if uncategorised.

    One row of the kind "carried" has what is taken over as a whole as ``rolled``.
    """

    category_id: int
    category: str
    kind: str
    subcategory_id: int
    subcategory: str
    budgeted: Decimal | None
    is_recurring: bool
    net: Decimal
    received: Decimal
    entries: int
    outgoing: int
    rolled: Decimal
    policy: str

    @property
    def is_shown(self) -> bool:
        return self.kind == "expense" or self.budgeted is not None

    def as_line(self) -> BudgetLine:
        spent = -self.net if self.kind == "expense" else ZERO
        return BudgetLine(
            self.subcategory_id, self.subcategory, self.budgeted, self.is_recurring, spent, self.rolled, self.policy
        )


_LINES = (
    totals.FILED  # noqa: S608 - constants only
    + """, planned AS (
        SELECT subcategory_id, allocated_amount, is_recurring_allocation, carry_over FROM budget_allocation
        WHERE user_id = %(user)s AND budget_id = %(budget)s
    ), rolled AS MATERIALIZED (
        SELECT * FROM budget_rolled(%(user)s, %(period)s)
    )
    SELECT c.id, c.name, c.kind, sc.id, sc.name, p.allocated_amount, coalesce(p.is_recurring_allocation, false),
           coalesce(f.net, 0), coalesce(f.received, 0), coalesce(f.entries, 0), coalesce(f.outgoing, 0),
           coalesce(r.amount, 0), coalesce(p.carry_over, '')
    FROM subcategory sc
    JOIN category c ON c.user_id = sc.user_id AND c.id = sc.category_id
    LEFT JOIN planned p ON p.subcategory_id = sc.id
    LEFT JOIN filed f ON f.subcategory_id = sc.id
    LEFT JOIN rolled r ON r.rolled_subcategory = sc.id
    WHERE sc.user_id = %(user)s AND (NOT (sc.is_archived OR c.is_archived) OR p.subcategory_id IS NOT NULL
                                     OR f.subcategory_id IS NOT NULL OR coalesce(r.amount, 0) <> 0)
    UNION ALL
    SELECT NULL, '', '', NULL, '', NULL, false, net, received, entries, outgoing, 0, ''
    FROM filed WHERE subcategory_id IS NULL
    UNION ALL
    SELECT NULL, '', 'carried', NULL, '', NULL, false, 0, 0, 0, 0, amount, ''
    FROM rolled WHERE rolled_subcategory IS NULL
"""
)


_INCOME = """
    SELECT id, name, amount, recurring_id IS NOT NULL FROM income_source
    WHERE user_id = %(user)s AND budget_id = %(budget)s
    ORDER BY name, id
"""


def budget_summary(user: User, period: BudgetPeriod) -> BudgetSummary:
    """Every subcategory of expenses, budgeted or not, with what was spent in ``period``; two statements.

    Read the period ``with_budget``, or it costs a third.
    """
    rows = _read(user, period)
    filed = [row for row in rows if row.subcategory_id]
    loose = [row for row in rows if not row.subcategory_id and not row.kind]
    return BudgetSummary(
        period=period,
        income_sources=[PlannedIncome(*row) for row in rows_of(_INCOME, user=user.pk, budget=period.budget.pk)],
        carried=sum((row.rolled for row in rows), ZERO),
        groups=_groups([row for row in filed if row.is_shown]),
        received=sum((row.net for row in filed if row.kind == "income"), ZERO)
        + sum((row.received for row in loose), ZERO),
        uncategorised=sum((row.received - row.net for row in loose), ZERO),
        uncategorised_count=sum(row.outgoing for row in loose),
    )


def _read(user: User, period: BudgetPeriod) -> list[_Filed]:
    wanted = {"user": user.pk, "period": period.pk, "budget": period.budget.pk}
    days = {"start": period.start_date, "end": period.end_date}
    return [_Filed(*row) for row in rows_of(_LINES, **wanted, **days)]


def _groups(rows: list[_Filed]) -> list[BudgetGroup]:
    """By name, whatever the case; two names that differ only in case stay apart."""
    ordered = sorted(rows, key=lambda row: (row.category.casefold(), row.category_id, row.subcategory.casefold()))
    return [
        BudgetGroup(category_id, name, [row.as_line() for row in members])
        for (category_id, name), members in groupby(ordered, key=lambda row: (row.category_id, row.category))
    ]
