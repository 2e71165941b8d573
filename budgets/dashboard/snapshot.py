"""What the dashboard reads: a handful of statements, none of which grows with the number of transactions.

Each statement on the ledger carries the user and so reaches one partition. Names are resolved after grouping.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from accounts.models import User
from budgets.dashboard.lists import Lists, lists_of
from budgets.models import BudgetPeriod
from budgets.periods.active import Standing, standing_of
from budgets.reports.pace import Pace, pace_of
from budgets.schedules.upcoming import Upcoming, upcoming_of
from transactions.models.cached_names import Names, names_of
from transactions.summaries import totals
from transactions.summaries.ranges import DateRange
from wealthwise.core.money import CENT, ZERO
from wealthwise.core.periods import days_left
from wealthwise.postgres.sql import rows_of

MAX_BARS: Final = 8
USED_UP: Final = Decimal("0.985")


@dataclass(frozen=True, slots=True)
class SubcategorySums:
    """One subcategory in a period; ids are None for what is uncategorised, ``allocated`` is 0 without an allocation.

    ``rolled`` is what it took over from the period before, for itself or, without ids, for the period as a whole.
    ``net`` is the sum of its transactions (negative: spent), ``received`` that of the positive ones alone.
    """

    category_id: int | None
    category: str
    kind: str
    subcategory_id: int | None
    subcategory: str
    allocated: Decimal
    net: Decimal
    received: Decimal
    entries: int
    rolled: Decimal = ZERO

    @property
    def is_income(self) -> bool:
        return self.kind == "income"

    @property
    def spent(self) -> Decimal:
        """Expenses minus refunds; of the uncategorised only what went out."""
        if self.is_income:
            return ZERO
        return -self.net if self.category_id else self.received - self.net

    @property
    def earned(self) -> Decimal:
        if self.is_income:
            return self.net
        return ZERO if self.category_id else self.received

    @property
    def placed(self) -> Decimal:
        """All that there is to spend: allocated, and taken over."""
        return self.allocated + self.rolled if self.subcategory_id else ZERO

    @property
    def over(self) -> Decimal:
        """How much more is spent than there was for it; without an allocation, all of it. Never negative."""
        return max(self.spent - self.placed, ZERO) if self.subcategory_id else ZERO

    @property
    def use(self) -> Decimal:
        """Spent as a share of what there is for it, 1 for all of it."""
        return self.spent / self.placed if self.placed > 0 else ZERO


@dataclass(frozen=True)
class PeriodFigures:
    """The sums of a period. ``days_left`` counts today; 0 after the end, all days before the start."""

    lines: list[SubcategorySums]
    planned: Decimal = ZERO
    brought_forward: Decimal = ZERO
    days_left: int = 0

    @cached_property
    def income(self) -> Decimal:
        return sum((line.earned for line in self.lines), ZERO)

    @cached_property
    def spent(self) -> Decimal:
        return sum((line.spent for line in self.lines), ZERO)

    @cached_property
    def allocated(self) -> Decimal:
        return sum((line.allocated for line in self.lines), ZERO)

    @cached_property
    def placed(self) -> Decimal:
        """What has a place: allocated, and taken over by subcategories."""
        return self.allocated + sum((line.rolled for line in self.lines if line.subcategory_id), ZERO)

    @property
    def available(self) -> Decimal:
        return self.planned + self.brought_forward

    @property
    def is_unplanned(self) -> bool:
        """Neither income nor a plan for it."""
        return not (self.available or self.allocated)

    @cached_property
    def to_allocate(self) -> Decimal:
        """Negative when more is allocated than there is."""
        return self.available - self.placed

    @cached_property
    def left_to_spend(self) -> Decimal:
        """What there is minus what was spent: available, or allocated where that is more; on top of a debt, both.

        It has no step: it changes by no more than what it is made of.
        """
        rolled = self.placed - self.allocated
        free = self.available - rolled
        return rolled + (max(free, self.allocated) if free >= 0 else free + self.allocated) - self.spent

    @property
    def per_day(self) -> Decimal:
        """Left to spend for each remaining day, in cents; 0 when nothing is left or the period is over."""
        if self.days_left == 0 or self.left_to_spend <= 0:
            return ZERO
        return (self.left_to_spend / self.days_left).quantize(CENT)

    @cached_property
    def uncategorised(self) -> int:
        return sum(line.entries for line in self.lines if line.category_id is None)

    @property
    def has_plan(self) -> bool:
        """Whether anything has a place; until then every spending is without a budget."""
        return any(line.placed for line in self.lines)

    @cached_property
    def overspent(self) -> list[SubcategorySums]:
        """Most over first; the same that the budget page counts."""
        return sorted((line for line in self.lines if line.over > 0), key=lambda line: -line.over)

    def bars(self) -> list[SubcategorySums]:
        """Overspent first, then by use; what is as good as used up (a paid bill) needs no decision and comes last."""
        if not self.has_plan:
            return []
        within = [line for line in self.lines if line.placed and line.over == 0]
        within.sort(key=lambda line: (line.use > USED_UP, -line.use, -line.allocated))
        return [*self.overspent, *within][:MAX_BARS]

    def spent_by_category(self) -> list[tuple[int | None, str, Decimal]]:
        """Id, name and spending of each category that has any, most first."""
        sums: dict[tuple[int | None, str], Decimal] = {}
        for line in self.lines:
            if not line.is_income:
                key = line.category_id, line.category
                sums[key] = sums.get(key, ZERO) + line.spent
        found = [(pk, name, spent) for (pk, name), spent in sums.items() if spent]
        return sorted(found, key=lambda entry: (-entry[2], entry[1]))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the page shows; ``figures`` and ``pace`` are those of the current period, and empty without any."""

    standing: Standing
    figures: PeriodFigures
    pace: Pace
    flow: list[totals.MonthFlow]
    lists: Lists
    upcoming: Upcoming


def snapshot(user: User, today: date) -> Snapshot:
    """Read the dashboard: three statements, and two more when there is a period; names and periods are cached."""
    standing = standing_of(user)
    period, names = standing.current, names_of(user)
    return Snapshot(
        standing=standing,
        figures=period_figures(user, period, today, names) if period else PeriodFigures([]),
        pace=spending_pace(user, period, standing.before, today, names) if period else Pace(),
        flow=totals.monthly_cash_flow(user, 12, today, names),
        lists=lists_of(user, names, today),
        upcoming=upcoming_of(user, today, period.end_date if period else None),
    )


# One range scan of idx_transaction_covering; allocations without spending and spending without allocations stay.
# The budget's own amounts stand on every row, and on one of their own when there is nothing else.
_LINES = (
    totals.FILED  # noqa: S608 - constants only
    + """, own AS (
        SELECT b.id, b.brought_forward,
               coalesce((SELECT sum(i.amount) FROM income_source i
                         WHERE i.user_id = b.user_id AND i.budget_id = b.id), 0) AS planned
        FROM budget b WHERE b.user_id = %(user)s AND b.period_id = %(period)s
    ), planned AS (
        SELECT subcategory_id, allocated_amount FROM budget_allocation
        WHERE user_id = %(user)s AND budget_id = (SELECT id FROM own)
    )
    SELECT own.planned, own.brought_forward, l.* FROM own LEFT JOIN (
        SELECT nullif(coalesce(f.subcategory_id, p.subcategory_id, r.rolled_subcategory), 0), p.allocated_amount,
               coalesce(f.net, 0) AS net, coalesce(f.received, 0) AS received, coalesce(f.entries, 0) AS entries,
               coalesce(r.amount, 0) AS rolled
        FROM (SELECT coalesce(subcategory_id, 0) AS subcategory_id, net, received, entries FROM filed) f
        FULL JOIN planned p ON p.subcategory_id = f.subcategory_id
        FULL JOIN (
            SELECT coalesce(rolled_subcategory, 0) AS rolled_subcategory, amount
            FROM budget_rolled(%(user)s, %(period)s)
        ) r ON r.rolled_subcategory = coalesce(f.subcategory_id, p.subcategory_id)
    ) l ON true
"""
)


def period_figures(user: User, period: BudgetPeriod, today: date, names: Names | None = None) -> PeriodFigures:
    """Every subcategory with an allocation or a transaction in ``period``, by name, in one statement."""
    rows = rows_of(_LINES, user=user.pk, period=period.pk, start=period.start_date, end=period.end_date)
    names = names or names_of(user)
    lines = [_sums(names, *row[2:]) for row in rows if row[-1] is not None]
    lines.sort(key=lambda line: (line.category.casefold(), line.subcategory.casefold()))
    return PeriodFigures(
        lines=lines,
        planned=rows[0][0] if rows else ZERO,
        brought_forward=(rows[0][1] if rows else ZERO) + sum((line.rolled for line in lines), ZERO),
        days_left=days_left(period.start_date, period.end_date, today),
    )


def _sums(names: Names, subcategory: int | None, allocated: Decimal | None, *sums: Any) -> SubcategorySums:
    """What is filed under a subcategory that the names do not know yet counts as uncategorised until they do."""
    if subcategory is None or subcategory not in names.category_of:
        return SubcategorySums(None, "Uncategorised", "", None, "", allocated or ZERO, *sums)
    category = names.category_of[subcategory]
    kind = "income" if category in names.income else "expense"
    name = names.subcategories[subcategory]
    return SubcategorySums(category, names.categories[category], kind, subcategory, name, allocated or ZERO, *sums)


def spending_pace(
    user: User, period: BudgetPeriod, before: BudgetPeriod | None, today: date, names: Names | None = None
) -> Pace:
    """Spending day by day, of ``period`` up to today and of all of the one ``before``; at most one row a day.

    Empty before the period begins, and for one of more than a year.
    """
    earlier = DateRange(before.start_date, before.end_date) if before else None
    return pace_of(user, DateRange(period.start_date, period.end_date), earlier, today, names)
