"""The days of a report, and how they are read: whole months from the summary, the rest from the ledger."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts.models import User
from wealthwise.core.days import ONE_DAY, end_of_month, first_of_month, start_of, zone_of
from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``start`` to ``end``, both included, as days are in the user's zone."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def months(self) -> int:
        """How many calendar months have a day in it."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    def part(self, first: date, last: date) -> "DateRange":
        """What of it lies between two days; empty (it ends before it starts) when nothing does."""
        return DateRange(max(self.start, first), min(self.end, last))


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a user's first and last transaction; None without any."""

    first: date | None
    last: date | None


def span_of(user: User) -> Span:
    """Both ends of idx_transaction_covering in the user's partition."""
    rows = rows_of(
        """
        SELECT (first.at AT TIME ZONE %(zone)s)::date, (last.at AT TIME ZONE %(zone)s)::date
        FROM (SELECT transaction_date AS at FROM transaction WHERE user_id = %(user)s
              ORDER BY transaction_date LIMIT 1) first,
             (SELECT transaction_date AS at FROM transaction WHERE user_id = %(user)s
              ORDER BY transaction_date DESC LIMIT 1) last
        """,
        user=user.pk,
        zone=str(zone_of(user)),
    )
    return Span(*rows[0]) if rows else Span(None, None)


# net, received and entries of each month and subcategory of a range. The two ranges of the ledger are the cut
# months at its ends: empty, or a range scan of idx_transaction_covering each; the months between are a range
# of uq_spending_summary, which the triggers keep equal to the ledger.
FILED_BY_MONTH: Final = """
    WITH filed (month, subcategory_id, net, received, entries) AS (
        SELECT month, subcategory_id, received - spent, received, transaction_count
        FROM spending_summary
        WHERE user_id = %(user)s AND month >= %(whole_start)s AND month < %(whole_end)s
        UNION ALL
        SELECT date_trunc('month', transaction_date AT TIME ZONE %(zone)s)::date, subcategory_id,
               sum(amount), coalesce(sum(amount) FILTER (WHERE amount > 0), 0), count(*)
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(head_start)s AND transaction_date < %(head_end)s
          AND transfer_id IS NULL
        GROUP BY 1, 2
        UNION ALL
        SELECT date_trunc('month', transaction_date AT TIME ZONE %(zone)s)::date, subcategory_id,
               sum(amount), coalesce(sum(amount) FILTER (WHERE amount > 0), 0), count(*)
        FROM transaction
        WHERE user_id = %(user)s AND transaction_date >= %(tail_start)s AND transaction_date < %(tail_end)s
          AND transfer_id IS NULL
        GROUP BY 1, 2
    )
"""
# What a report counts as spent and as income of the rows of ``filed f`` joined to ``category c``.
SPENT: Final = "CASE WHEN c.kind = 'expense' THEN -f.net WHEN c.id IS NULL THEN f.received - f.net ELSE 0 END"
EARNED: Final = "CASE WHEN c.kind = 'income' THEN f.net WHEN c.id IS NULL THEN f.received ELSE 0 END"
NAMED: Final = """
    LEFT JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = f.subcategory_id
    LEFT JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id
"""


def by_month(user: User, date_range: DateRange) -> dict[str, Any]:
    """The parameters of FILED_BY_MONTH."""
    first, beyond, after = _whole_months(date_range)
    zone = zone_of(user)
    head_end = after if first > beyond else first
    tail_start = after if first > beyond else beyond
    return {
        "user": user.pk,
        "zone": str(zone),
        "whole_start": first,
        "whole_end": beyond,
        "head_start": start_of(date_range.start, zone),
        "head_end": start_of(head_end, zone),
        "tail_start": start_of(tail_start, zone),
        "tail_end": start_of(after, zone),
    }


def _whole_months(date_range: DateRange) -> tuple[date, date, date]:
    """The first whole month, the month after the last whole one, and the day after the range.

    The first is after the second when the range is a part of one month.
    """
    after = date_range.end + ONE_DAY
    first = date_range.start if date_range.start.day == 1 else end_of_month(date_range.start) + ONE_DAY
    return first, first_of_month(after), after
