"""The days of a report, and how they are read: whole months from the summary, the rest from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts.models import User
from wealthwise.core.days import ONE_DAY, end_of_month, first_of_month
from wealthwise.postgres.sql import first_row


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``start`` to ``end``, both included."""

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


# The day of the first and of the last row may be a day from that of their timestamps: both ends of
# idx_transaction_covering, and what lies within two days of them.
_SPAN: Final = """
    SELECT (SELECT min(booked_on) FROM transaction WHERE user_id = %(user)s AND transaction_date <= (
                SELECT min(transaction_date) + interval '2 days' FROM transaction WHERE user_id = %(user)s)),
           (SELECT max(booked_on) FROM transaction WHERE user_id = %(user)s AND transaction_date >= (
                SELECT max(transaction_date) - interval '2 days' FROM transaction WHERE user_id = %(user)s))
"""


def span_of(user: User) -> Span:
    return Span(*(first_row(_SPAN, user=user.pk) or (None, None)))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The rows that a report is about: of one account, of one tag, of both; by their ids."""

    account: int | None = None
    tag: int | None = None


EVERYTHING: Final = Narrowed()
# The condition of it; the planner drops what is NULL, so that nothing else is asked of the index.
NARROWED: Final = """(%(account)s::integer IS NULL OR account_id = %(account)s)
          AND (%(tag)s::integer IS NULL OR tag_ids @> ARRAY[%(tag)s::integer])"""

# The month of a row, or the first day of the step that it lies in, where the steps begin on days of their own.
_BUCKET: Final = """CASE WHEN %(starts)s::date[] IS NULL THEN date_trunc('month', booked_on)::date
                    ELSE (%(starts)s::date[])[greatest(width_bucket(booked_on, %(starts)s::date[]), 1)] END"""

# net, received and entries of each month and subcategory of a range. The two ranges of the ledger are the cut
# months at its ends: empty, or a range scan of idx_transaction_covering each; the months between are a range
# of uq_spending_summary, which the triggers keep equal to the ledger. Summaries know neither accounts nor tags nor
# other steps than months: with one of these all of the range is read from the ledger, and rows of a tag are looked up.
FILED_BY_MONTH: Final = """
    WITH filed (month, subcategory_id, net, received, entries) AS (
        SELECT month, subcategory_id, received - spent, received, transaction_count
        FROM spending_summary
        WHERE user_id = %(user)s AND month >= %(whole_start)s AND month < %(whole_end)s
        UNION ALL
        SELECT {bucket}, subcategory_id,
               sum(amount), coalesce(sum(amount) FILTER (WHERE amount > 0), 0), count(*)
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(head_start)s AND %(head_end)s
          AND transaction_date >= %(head_start)s::date - 1 AND transaction_date < %(head_end)s::date + 2
          AND transfer_id IS NULL AND {narrowed}
        GROUP BY 1, 2
        UNION ALL
        SELECT {bucket}, subcategory_id,
               sum(amount), coalesce(sum(amount) FILTER (WHERE amount > 0), 0), count(*)
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(tail_start)s AND %(tail_end)s
          AND transaction_date >= %(tail_start)s::date - 1 AND transaction_date < %(tail_end)s::date + 2
          AND transfer_id IS NULL AND {narrowed}
        GROUP BY 1, 2
    )
""".replace("{narrowed}", NARROWED).replace("{bucket}", _BUCKET)
# What a report counts as spent and as income of the rows of ``filed f`` joined to ``category c``.
SPENT: Final = "CASE WHEN c.kind = 'expense' THEN -f.net WHEN c.id IS NULL THEN f.received - f.net ELSE 0 END"
EARNED: Final = "CASE WHEN c.kind = 'income' THEN f.net WHEN c.id IS NULL THEN f.received ELSE 0 END"
NAMED: Final = """
    LEFT JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = f.subcategory_id
    LEFT JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id
"""


def by_month(
    user: User, date_range: DateRange, only: Narrowed = EVERYTHING, starts: Sequence[date] = ()
) -> dict[str, Any]:
    """The parameters of FILED_BY_MONTH; with ``starts``, in their order, its months are the steps that begin then."""
    first, beyond, after = _whole_months(date_range)
    if only != EVERYTHING or starts:
        first, beyond = after, date_range.start
    return {
        "user": user.pk,
        "account": only.account,
        "tag": only.tag,
        "starts": list(starts) or None,
        "whole_start": first,
        "whole_end": beyond,
        "head_start": date_range.start,
        "head_end": date_range.end if first > beyond else first - ONE_DAY,
        "tail_start": after if first > beyond else beyond,
        "tail_end": date_range.end,
    }


def _whole_months(date_range: DateRange) -> tuple[date, date, date]:
    """The first whole month, the month after the last whole one, and the day after the range.

    The first is after the second when the range is a part of one month.
    """
    after = date_range.end + ONE_DAY
    first = date_range.start if date_range.start.day == 1 else end_of_month(date_range.start) + ONE_DAY
    return first, first_of_month(after), after
