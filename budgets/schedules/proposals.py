"""What seems to come again and again in the ledger, and has no schedule yet: one statement, over the last 400 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Final

from accounts.models import User
from budgets.models import Schedule
from budgets.schedules.due import REACH, USUAL_REACH, similar
from budgets.schedules.regular import regular_cycle
from transactions.models.cached_names import Names, names_of
from wealthwise.core.days import ONE_DAY
from wealthwise.core.money import average_in
from wealthwise.core.periods import Cycle
from wealthwise.postgres.sql import rows_as

BACK: Final = 400 * ONE_DAY
MOST: Final = 60  # times in these days: a little more often than every week
MOST_SHOWN: Final = 20

# One range of idx_transaction_covering, index-only, read once. Counting comes first, so that only what may be regular
# is sorted: amounts that differ by more than what `similar` allows around the middle of them drop out, and so does
# what came only once or too often, or has a schedule. A split is one row again.
_REPEATED: Final = """
    WITH booked AS MATERIALIZED (
        SELECT account_id, upper(description) AS name, sign(amount)::integer AS direction, description, booked_on,
               amount, subcategory_id
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(since)s AND %(today)s
          AND transaction_date >= %(since)s::date - 1 AND transaction_date < %(today)s::date + 2
          AND transfer_id IS NULL AND account_id IS NOT NULL
          AND id NOT IN (SELECT s.id FROM transaction s WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL)
        UNION ALL
        SELECT min(account_id), upper(min(description)), sign(min(amount))::integer, min(description), min(booked_on),
               sum(amount), (array_agg(subcategory_id ORDER BY split_part))[1]
        FROM transaction
        WHERE user_id = %(user)s AND split_id IS NOT NULL AND booked_on BETWEEN %(since)s AND %(today)s
          AND account_id IS NOT NULL
        GROUP BY split_id
    ), repeated AS MATERIALIZED (
        SELECT account_id, name, direction FROM booked GROUP BY 1, 2, 3
        HAVING (count(*) BETWEEN 3 AND %(most)s OR (count(*) = 2 AND max(booked_on) - min(booked_on) > 350))
           AND max(abs(amount)) * 3 <= min(abs(amount)) * 5
    )
    SELECT b.account_id, b.name, b.direction, max(b.description COLLATE "C"),
           array_agg(b.booked_on ORDER BY b.booked_on, b.amount), array_agg(b.amount ORDER BY b.booked_on, b.amount),
           (array_agg(b.subcategory_id ORDER BY b.booked_on DESC, b.amount))[1]
    FROM repeated r
    JOIN account a ON a.user_id = %(user)s AND a.id = r.account_id AND a.is_active
    JOIN booked b ON b.account_id = r.account_id AND b.name = r.name AND b.direction = r.direction
    WHERE NOT EXISTS (
        SELECT 1 FROM schedule s WHERE s.user_id = %(user)s AND s.account_id = r.account_id
          AND upper(s.description) = r.name AND sign(s.amount) = r.direction
    )
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A schedule that could be, from ``times`` rows; ``next`` is the day on which it would be due first."""

    account_id: int
    name: str
    direction: int
    description: str
    amount: Decimal
    is_exact: bool
    cycle: Cycle
    next: date
    times: int
    subcategory_id: int | None
    account: str
    subcategory: str

    @property
    def key(self) -> str:
        """What names it in a form: it is looked for anew, so nothing else of it need be trusted."""
        return f"{self.account_id}:{self.direction}:{self.name}"

    def schedule(self, user: User, state: str) -> Schedule:
        by_months = self.cycle.is_of_months
        return Schedule(
            user=user,
            account_id=self.account_id,
            subcategory_id=self.subcategory_id,
            description=self.description,
            amount=self.amount,
            is_exact=self.is_exact,
            cycle=self.cycle.kind,
            months=self.cycle.length if by_months else None,
            anchor=self.cycle.anchor,
            starts_on=self.next,
            state=state,
        )


@dataclass(frozen=True, slots=True)
class _Repeated:
    """A row of the statement: what came in an account under one name, in one direction, the oldest first."""

    account_id: int
    name: str
    direction: int
    description: str
    days: Sequence[date]
    amounts: Sequence[Decimal]
    subcategory_id: int | None


def proposals(user: User, today: date) -> list[Proposal]:
    """Those with most money first."""
    names = names_of(user)
    rows = rows_as(_Repeated, _REPEATED, user=user.pk, since=today - BACK, today=today, most=MOST)
    found = [_proposal(user, today, names, row) for row in rows]
    return sorted((each for each in found if each), key=lambda each: (-abs(each.amount), each.description))


def _proposal(user: User, today: date, names: Names, row: _Repeated) -> Proposal | None:
    usual = average_in(Decimal(median(row.amounts)), 1, user.currency)
    if not all(similar(amount, usual) for amount in row.amounts) or (cycle := regular_cycle(row.days)) is None:
        return None
    coming = cycle.begins(cycle.nearest(row.days[-1]) + 1)
    if coming + REACH.get(cycle.kind, USUAL_REACH) * ONE_DAY < today:
        return None
    is_exact = len(set(row.amounts)) == 1
    return Proposal(
        account_id=row.account_id,
        name=row.name,
        direction=row.direction,
        description=row.description,
        amount=row.amounts[-1] if is_exact else usual,
        is_exact=is_exact,
        cycle=cycle,
        next=coming,
        times=len(row.days),
        subcategory_id=row.subcategory_id,
        account=names.accounts.get(row.account_id, ""),
        subcategory=names.subcategories.get(row.subcategory_id, "") if row.subcategory_id else "",
    )
