"""Rows of the ledger that look like the two sides of a transfer: opposite amounts, two accounts, a few days apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from accounts.models import Account, User
from wealthwise.core.days import LAST_DAY, ONE_DAY, today_of
from wealthwise.postgres.sql import rows_of

DAYS_APART: Final = 4
YEAR: Final = 366
# A row's partner lies so many days away at most, and who else that one could choose as many again.
_REACH: Final = timedelta(days=2 * DAYS_APART)


@dataclass(frozen=True, slots=True)
class Side:
    """One row of a pair."""

    id: int
    account: str
    day: date
    description: str


@dataclass(frozen=True, slots=True)
class Pair:
    """``amount``, above zero, left one account and came into another."""

    out: Side
    into: Side
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Hints:
    """The newest pairs, and how many there are in all."""

    pairs: list[Pair]
    total: int


# The rows are read once: one range of idx_transaction_covering, which holds all that is asked, in one partition.
# They meet by amount and day. Where a row has several partners, the nearest in time counts, then the first; a pair is
# offered when each is the other's choice, so no row is offered twice. The nearest pair of all is always among them:
# refusing one brings up the next.
#
# Most amounts come in one direction or in one account alone, and their rows are left out before anything is sorted.
# Of a thousand equal amounts on a day only the first can be anybody's choice, the first of another account where the
# first is of one's own, and one more of each for every refusal on that day: the others are left out before the rows
# meet, so that ten thousand equal coffees cost what ten thousand rows cost. The incoming side is multiplied by the
# days on which the other may lie, and meets it by amount and day at once; by amount alone a year of equal amounts
# would cost its square.
_MATCHED: Final = """
    WITH recent AS MATERIALIZED ({recent}), both_ways AS (
        SELECT abs(amount) AS size FROM recent GROUP BY 1
        HAVING min(amount) < 0 AND max(amount) > 0 AND min(account_id) < max(account_id)
    ), refused AS (
        SELECT side.id, count(*) AS times
        FROM transfer_refusal r CROSS JOIN LATERAL (VALUES (r.out_id), (r.into_id)) AS side (id)
        WHERE r.user_id = %(user)s
        GROUP BY side.id
    ), counted AS (
        SELECT recent.*, coalesce(sum(refused.times) OVER (PARTITION BY amount, day), 0) AS refusals,
               row_number() OVER (PARTITION BY amount, day, account_id ORDER BY id) AS of_account
        FROM recent JOIN both_ways ON both_ways.size = abs(recent.amount) LEFT JOIN refused USING (id)
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY amount, day ORDER BY id) AS of_day
        FROM counted WHERE of_account <= 1 + refusals
    ), choice AS MATERIALIZED (
        SELECT id, account_id, amount, description, day FROM placed WHERE of_day <= 2 + 2 * refusals
    ), coming AS MATERIALIZED (
        SELECT choice.*, -amount AS sought, day + shift AS met, abs(shift) AS apart
        FROM choice CROSS JOIN generate_series(-%(apart)s, %(apart)s) AS shift WHERE amount > 0
    ), pairs AS (
        SELECT o.id AS out_id, o.account_id AS out_account, o.day AS out_day, o.description AS out_text,
               i.id AS into_id, i.account_id AS into_account, i.day AS into_day, i.description AS into_text,
               i.amount, i.apart
        FROM coming i
        JOIN choice o ON o.amount = i.sought AND o.day = i.met AND o.account_id <> i.account_id
        WHERE NOT EXISTS (
            SELECT FROM transfer_refusal r WHERE r.user_id = %(user)s AND r.out_id = o.id AND r.into_id = i.id
        )
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY out_id ORDER BY apart, into_id) AS of_out,
               row_number() OVER (PARTITION BY into_id ORDER BY apart, out_id) AS of_into
        FROM pairs
    )
"""
_OF_DAYS: Final = """
        SELECT id, account_id, amount, description, booked_on AS day
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(since)s AND %(until)s
          AND transaction_date >= %(since)s::date - 1 AND transaction_date < %(until)s::date + 2
          AND transfer_id IS NULL AND account_id IS NOT NULL
          AND id NOT IN (SELECT s.id FROM transaction s WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL)
"""
# The rows of some amounts, from spans of days that do not touch: a range of the index for each.
_OF_SPANS: Final = """
        SELECT t.id, t.account_id, t.amount, t.description, t.booked_on AS day
        FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS span (first, last)
        CROSS JOIN LATERAL (
            SELECT id, account_id, amount, description, booked_on FROM transaction
            WHERE user_id = %(user)s AND booked_on BETWEEN span.first AND span.last
              AND transaction_date >= span.first - 1 AND transaction_date < span.last + 2
              AND transfer_id IS NULL AND account_id IS NOT NULL OFFSET 0
        ) t
        WHERE abs(t.amount) = ANY(%(sizes)s::numeric[])
          AND t.id NOT IN (SELECT s.id FROM transaction s WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL)
"""
_FIND: Final = (
    _MATCHED.replace("{recent}", _OF_DAYS)  # noqa: S608 - constants only
    + """
    SELECT r.out_id, a.name, r.out_day, r.out_text, r.into_id, b.name, r.into_day, r.into_text, r.amount,
           count(*) OVER ()
    FROM ranked r
    JOIN account a ON a.user_id = %(user)s AND a.id = r.out_account
    JOIN account b ON b.user_id = %(user)s AND b.id = r.into_account
    WHERE r.of_out = 1 AND r.of_into = 1
      AND (%(account)s::integer IS NULL OR %(account)s::integer IN (r.out_account, r.into_account))
      AND (%(row)s::bigint IS NULL OR %(row)s::bigint IN (r.out_id, r.into_id))
      AND (%(batch)s::integer IS NULL OR EXISTS (
          SELECT FROM transaction t
          WHERE t.user_id = %(user)s AND t.import_batch_id = %(batch)s AND t.id IN (r.out_id, r.into_id)))
    ORDER BY greatest(r.out_day, r.into_day) DESC, r.out_id DESC
    LIMIT %(limit)s
"""
)
_AMONG: Final = (
    _MATCHED.replace("{recent}", _OF_SPANS)  # noqa: S608 - constants only
    + """
    SELECT unnest(ARRAY[out_id, into_id]) FROM ranked WHERE of_out = 1 AND of_into = 1
"""
)
# For a page that has a statement already: how many pairs there are, as a value in it.
COUNT: Final = _MATCHED.replace("{recent}", _OF_DAYS) + "SELECT count(*) FROM ranked WHERE of_out = 1 AND of_into = 1"  # noqa: S608


def since_days(today: date, days: int) -> dict[str, Any]:
    """The parameters of `COUNT` beside ``user``."""
    return {"since": today - timedelta(days=days), "until": LAST_DAY, "apart": DAYS_APART}


def find(user: User, *, days: int = YEAR, account: Account | None = None, limit: int = 50) -> Hints:
    """Possible transfers among what was booked in the last ``days`` days and ahead, newest first: one statement."""
    since = today_of(user) - timedelta(days=days)
    return _found(user=user.pk, since=since, until=LAST_DAY, account=account.pk if account else None, limit=limit)


def find_of_import(user: User, batch_id: int, first: date, last: date, *, limit: int = 50) -> Hints:
    """Possible transfers with a side among the rows of an import, which are of the days from ``first`` to ``last``."""
    around = timedelta(days=DAYS_APART)
    return _found(user=user.pk, since=first - around, until=last + around, batch=batch_id, limit=limit)


def find_of_row(user: User, row_id: int, day: date) -> Hints:
    """The possible transfer of one row, which is of ``day``."""
    return _found(user=user.pk, since=day - _REACH, until=day + _REACH, row=row_id, limit=1)


def among(user: User, rows: Iterable[tuple[date, Decimal]]) -> frozenset[int]:
    """The ids of all sides of possible transfers that have rows of these days and amounts among them: one statement,
    none for no rows. Ids of other rows come with them.
    """
    asked = sorted(rows)
    if not asked:
        return frozenset()
    firsts, lasts = zip(*_spans(day for day, _ in asked), strict=True)
    sizes = sorted({abs(amount) for _, amount in asked})
    spans = {"firsts": list(firsts), "lasts": list(lasts)}
    return frozenset(pk for (pk,) in rows_of(_AMONG, user=user.pk, sizes=sizes, apart=DAYS_APART, **spans))


def _spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """All days that decide about rows of ``days``, which ascend, in spans that do not touch."""
    found = list[tuple[date, date]]()
    for day in days:
        first, last = day - _REACH, day + _REACH
        if found and first <= found[-1][1] + ONE_DAY:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _found(*, account: int | None = None, batch: int | None = None, row: int | None = None, **asked: Any) -> Hints:
    rows = rows_of(_FIND, account=account, batch=batch, row=row, **asked, apart=DAYS_APART)
    pairs = [Pair(out=Side(*row[:4]), into=Side(*row[4:8]), amount=row[8]) for row in rows]
    return Hints(pairs, rows[0][9] if rows else 0)
