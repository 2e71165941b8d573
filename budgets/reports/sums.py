"""Spending and income over any stretch of days: one SQL statement each, which answers with dataclasses.

Transfers are neither; refunds reduce; the kind of a category says what its rows are (see ``reports``).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from accounts.models import User
from transactions.summaries.ranges import EARNED, FILED_BY_MONTH, NAMED, SPENT, Stretch, by_month
from wealthwise.core.days import zone_of
from wealthwise.core.periods import day_bounds
from wealthwise.postgres.sql import rows_of

TOP: Final = 50


@dataclass(frozen=True, slots=True)
class CategoryBucket:
    """What a category took in a month or year (``bucket`` is its first day); id None: uncategorised."""

    bucket: date
    category_id: int | None
    category: str
    spent: Decimal


@dataclass(frozen=True, slots=True)
class FlowBucket:
    bucket: date
    income: Decimal
    spent: Decimal

    @property
    def net(self) -> Decimal:
        return self.income - self.spent


@dataclass(frozen=True, slots=True)
class Part:
    """One category, or one subcategory of a category; id None: uncategorised."""

    id: int | None
    name: str
    spent: Decimal


@dataclass(frozen=True, slots=True)
class DescriptionSum:
    """All rows of one description, whatever its case; ``amount`` is spent or earned, as was asked."""

    description: str
    entries: int
    amount: Decimal


_BY_CATEGORY: Final = f"""{FILED_BY_MONTH}
    SELECT date_trunc(%(unit)s, f.month::timestamp)::date, c.id, coalesce(c.name, 'Uncategorised'), sum({SPENT})
    FROM filed f {NAMED}
    GROUP BY 1, c.id, c.name HAVING sum({SPENT}) <> 0
    ORDER BY 1, 3
"""  # noqa: S608 - constants only
_FLOW: Final = f"""{FILED_BY_MONTH}
    SELECT b.bucket::date, coalesce(sum({EARNED}), 0), coalesce(sum({SPENT}), 0)
    FROM generate_series(date_trunc(%(unit)s, %(start)s::timestamp), %(end)s::timestamp,
                         ('1 ' || %(unit)s)::interval) AS b (bucket)
    LEFT JOIN filed f ON date_trunc(%(unit)s, f.month::timestamp) = b.bucket
    {NAMED}
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only
_BY_PART: Final = """{filed}
    SELECT {part}.id, coalesce({part}.name, 'Uncategorised'), sum({spent}) AS spent
    FROM filed f {named}
    WHERE %(category)s::integer IS NULL OR c.id = %(category)s
    GROUP BY 1, 2 HAVING sum({spent}) <> 0
    ORDER BY spent DESC, 2
"""
_CATEGORIES, _SUBCATEGORIES = (
    _BY_PART.format(filed=FILED_BY_MONTH, part=part, spent=SPENT, named=NAMED) for part in ("c", "sc")
)


def spending_by_bucket(user: User, stretch: Stretch, unit: str) -> list[CategoryBucket]:
    """Spending of each category in each ``unit`` (month, year) that has any, oldest first."""
    return [CategoryBucket(*row) for row in rows_of(_BY_CATEGORY, unit=unit, **by_month(user, stretch))]


def flow_by_bucket(user: User, stretch: Stretch, unit: str) -> list[FlowBucket]:
    """Income and spending of each ``unit`` of the stretch, empty ones too, oldest first."""
    ends = {"start": stretch.start, "end": stretch.end}
    return [FlowBucket(*row) for row in rows_of(_FLOW, unit=unit, **ends, **by_month(user, stretch))]


def spending_by_part(user: User, stretch: Stretch, category_id: int | None = None) -> list[Part]:
    """Spending by category, or by the subcategories of one expense category; most first, nothing spent no row."""
    statement = _SUBCATEGORIES if category_id else _CATEGORIES
    return [Part(*row) for row in rows_of(statement, category=category_id, **by_month(user, stretch))]


# One range scan of idx_transaction_covering, which holds the description too. Of spellings that differ in case the
# one with most small letters is shown: "Market" rather than "MARKET".
_DESCRIBED: Final = """
    WITH filed AS (
        SELECT upper(description) AS name, subcategory_id, max(description COLLATE "C") AS description,
               sum(amount) AS net, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS received,
               count(*) AS entries, count(*) FILTER (WHERE {sign}) AS signed
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(start)s AND transaction_date < %(end)s
          AND transfer_id IS NULL
        GROUP BY 1, 2
    )
    SELECT max(f.description), sum(CASE WHEN c.id IS NULL THEN f.signed ELSE f.entries END)::bigint, sum({amount})
    FROM filed f {named}
    WHERE c.kind IS NULL OR c.kind = %(kind)s
    GROUP BY f.name HAVING sum({amount}) <> 0
    ORDER BY 3 DESC, 1 LIMIT %(limit)s
"""
_SPENT_ON = _DESCRIBED.format(sign="amount < 0", amount=SPENT, named=NAMED)
_EARNED_FROM = _DESCRIBED.format(sign="amount > 0", amount=EARNED, named=NAMED)


def top_descriptions(user: User, stretch: Stretch, kind: str = "expense", limit: int = TOP) -> list[DescriptionSum]:
    """What most was spent on (kind expense) or earned from (income), in one scan of the stretch."""
    first, beyond = day_bounds(stretch.start, stretch.end, zone_of(user))
    statement = _EARNED_FROM if kind == "income" else _SPENT_ON
    rows = rows_of(statement, user=user.pk, start=first, end=beyond, kind=kind, limit=limit)
    return [DescriptionSum(*row) for row in rows]
