"""Figures about one user, each one SQL statement that answers with dataclasses.

Spending of an expense category is what went out minus what came back. Income is the net of the income
categories plus what came in uncategorised. Transfers are neither. Days are inclusive at both ends.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import User
from transactions.models.cached_names import Names, names_of
from wealthwise.core.days import today_of
from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class MonthFlow:
    """``month`` is its first day; both sums are net and can be negative after refunds or corrections."""

    month: date
    income: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True)
class SubcategoryUse:
    """``uses`` counts transactions."""

    id: int
    name: str
    uses: int
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class CategoryUse:
    id: int
    name: str
    kind: str
    subcategories: list[SubcategoryUse]
    is_archived: bool = False

    @property
    def uses(self) -> int:
        return sum(subcategory.uses for subcategory in self.subcategories)


def monthly_cash_flow(
    user: User, months: int = 12, today: date | None = None, names: Names | None = None
) -> list[MonthFlow]:
    """The last ``months`` months up to today's, oldest first, empty ones too; by uq_spending_summary.

    ``names``, here and elsewhere, are those of `names_of`, for a caller who has them.
    """
    rows = rows_of(
        """
        SELECT m.month::date,
               coalesce(sum(CASE WHEN s.subcategory_id = ANY(%(income)s::int[]) THEN s.received - s.spent
                                 WHEN s.subcategory_id IS NULL THEN s.received END), 0),
               coalesce(sum(CASE WHEN s.subcategory_id IS NULL THEN s.spent
                                 WHEN s.subcategory_id <> ALL(%(income)s::int[]) THEN s.spent - s.received END), 0)
        FROM generate_series(date_trunc('month', %(today)s::timestamp) - make_interval(months => %(months)s - 1),
                             date_trunc('month', %(today)s::timestamp), interval '1 month') AS m (month)
        LEFT JOIN spending_summary s
               ON s.user_id = %(user)s AND s.month = m.month::date AND s.month <= %(today)s
              AND s.month >= date_trunc('month', %(today)s::timestamp) - make_interval(months => %(months)s - 1)
        GROUP BY 1 ORDER BY 1
        """,
        user=user.pk,
        income=(names or names_of(user)).of_kind("income"),
        today=today or today_of(user),
        months=months,
    )
    return [MonthFlow(*row) for row in rows]


# For the figures of a budget: one range scan of idx_transaction_covering in one partition, grouped before the
# names are joined. Takes user, and the days start and end.
FILED = """
    WITH filed AS (
        SELECT subcategory_id, sum(amount) AS net, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS received,
               count(*) AS entries, count(*) FILTER (WHERE amount < 0) AS outgoing
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(start)s AND %(end)s
          AND transaction_date >= %(start)s::date - 1 AND transaction_date < %(end)s::date + 2 AND transfer_id IS NULL
        GROUP BY subcategory_id
    )
"""


def category_tree(user: User) -> list[CategoryUse]:
    """All categories by name with their subcategories; counts come from the summary, so none is scanned for."""
    rows = rows_of(
        """
        SELECT c.id, c.name, c.kind, c.is_archived, sc.id, sc.name, coalesce(s.uses, 0)::bigint, sc.is_archived
        FROM category c
        LEFT JOIN subcategory sc ON sc.user_id = c.user_id AND sc.category_id = c.id
        LEFT JOIN (
            SELECT subcategory_id, sum(transaction_count) AS uses
            FROM spending_summary WHERE user_id = %(user)s GROUP BY subcategory_id
        ) s ON s.subcategory_id = sc.id
        WHERE c.user_id = %(user)s
        ORDER BY c.kind, c.is_archived, lower(c.name), c.id, sc.is_archived, lower(sc.name), sc.id
        """,
        user=user.pk,
    )
    tree: dict[int, CategoryUse] = {}
    for category_id, name, kind, is_archived, *subcategory in rows:
        category = tree.setdefault(category_id, CategoryUse(category_id, name, kind, [], is_archived))
        if subcategory[0] is not None:
            category.subcategories.append(SubcategoryUse(*subcategory))
    return list(tree.values())
