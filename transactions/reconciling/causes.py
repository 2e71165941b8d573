"""What may be behind the difference between a bank's balance and the ledger: rows and days to look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from accounts.models import Account
from transactions.balances.balance_at import balances_at
from transactions.models import BalanceCheck
from wealthwise.core.days import ONE_DAY
from wealthwise.core.money import CENT
from wealthwise.postgres.sql import rows_of

LONGEST: Final = timedelta(days=400)
TWINS_APART: Final = timedelta(days=7)
ROWS_SHOWN: Final = 5
GAP: Final = 10  # days without a row, among days that have some

Kind = Literal["sign", "double", "extra", "elsewhere", "typed"]


class Suspect(NamedTuple):
    """A row to look at; ``account`` is its name where it is another account's, empty for none."""

    id: int
    day: date
    description: str
    amount: Decimal
    account: str
    is_here: bool
    is_typed: bool


class Cause(NamedTuple):
    kind: Kind
    rows: Sequence[Suspect]


class Gap(NamedTuple):
    """Days without a row, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Causes:
    """``first`` to ``last`` are the days in which it must lie. ``begins`` is the first day of the file's balances from
    which it differs, ``gap`` the longest stretch of days without a row.
    """

    first: date
    last: date
    causes: Sequence[Cause]
    begins: date | None = None
    gap: Gap | None = None


# One range of idx_transaction_covering: rows of this account that are too much or have the wrong sign, and rows
# elsewhere that are missing here. The parts of a split are no bookings of the bank's.
_SUSPECTS: Final = """
    SELECT t.id, t.booked_on, t.description, t.amount, coalesce(a.name, ''),
           t.account_id IS NOT DISTINCT FROM %(account)s, t.fingerprint IS NULL
    FROM transaction t LEFT JOIN account a ON a.user_id = %(user)s AND a.id = t.account_id
    WHERE t.user_id = %(user)s AND t.booked_on BETWEEN %(first)s AND %(last)s
      AND t.transaction_date >= %(first)s::date - 1 AND t.transaction_date < %(last)s::date + 2
      AND CASE WHEN t.account_id = %(account)s THEN t.amount IN (-%(missing)s, -%(half)s)
               ELSE t.amount = %(missing)s AND t.transfer_id IS NULL END
      AND t.id NOT IN (SELECT s.id FROM transaction s WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL)
    ORDER BY t.booked_on DESC, t.id DESC LIMIT 40
"""
# One range of idx_transaction_user_account_date.
_TYPED: Final = """
    SELECT t.id, t.booked_on, t.description, t.amount, '', true, true
    FROM transaction t
    WHERE t.user_id = %(user)s AND t.account_id = %(account)s AND t.fingerprint IS NULL
      AND (t.split_id IS NULL OR t.import_batch_id IS NULL)
      AND t.booked_on BETWEEN %(first)s AND %(last)s
      AND t.transaction_date >= %(first)s::date - 1 AND t.transaction_date < %(last)s::date + 2
    ORDER BY t.booked_on DESC, t.id DESC LIMIT %(limit)s
"""
_DAYS: Final = """
    SELECT t.booked_on FROM transaction t
    WHERE t.user_id = %(user)s AND t.account_id = %(account)s AND t.booked_on BETWEEN %(first)s AND %(last)s
      AND t.transaction_date >= %(first)s::date - 1 AND t.transaction_date < %(last)s::date + 2
    GROUP BY 1 ORDER BY 1
"""


def find(account: Account, check: BalanceCheck, difference: Decimal, stated: Iterable[tuple[date, Decimal]]) -> Causes:
    """Where to look for ``difference``, which is what the bank has more. ``stated`` are all balances of its file."""
    first, last = _window(account, check.day)
    missing = difference if check.day > account.anchored_on else -difference
    where = {"user": account.user_id, "account": account.pk, "first": first, "last": last}
    half = missing / 2 if missing / 2 == (missing / 2).quantize(CENT) else Decimal(0)
    suspects = [Suspect(*row) for row in rows_of(_SUSPECTS, **where, missing=missing, half=half)]
    causes = [*_by_amount(suspects, missing)]
    if check.import_batch_id is not None:
        typed = [Suspect(*row) for row in rows_of(_TYPED, **where, limit=ROWS_SHOWN)]
        known = {suspect.id for cause in causes for suspect in cause.rows}
        causes.append(Cause("typed", [row for row in typed if row.id not in known]))
    return Causes(
        first,
        last,
        [cause for cause in causes if cause.rows],
        _begins(account, check.day, stated),
        _gap([day for (day,) in rows_of(_DAYS, **where)]),
    )


def _window(account: Account, day: date) -> tuple[date, date]:
    """The days between what is known for sure, the anchor or an agreed check beside it, and ``day``."""
    agreed = BalanceCheck.objects.for_user(account.user).filter(account=account).agreed()
    if day > account.anchored_on:
        before = agreed.filter(day__lt=day).order_by("-day").values_list("day", flat=True).first()
        return max(before or account.anchored_on, account.anchored_on, day - LONGEST) + ONE_DAY, day
    after = agreed.filter(day__gt=day).order_by("day").values_list("day", flat=True).first()
    last = min(after or account.anchored_on, account.anchored_on, day + LONGEST)
    return min(day + ONE_DAY, last), last


def _by_amount(suspects: Sequence[Suspect], missing: Decimal) -> Iterable[Cause]:
    here = [suspect for suspect in suspects if suspect.is_here]
    surplus = [suspect for suspect in here if suspect.amount == -missing]
    twins = {
        twin.id for one, other in pairwise(surplus) if one.day - other.day <= TWINS_APART for twin in (one, other)
    }
    yield Cause("sign", [row for row in here if row.amount * 2 == -missing][:ROWS_SHOWN])
    yield Cause("double", [row for row in surplus if row.id in twins][:ROWS_SHOWN])
    yield Cause("extra", [row for row in surplus if row.id not in twins][:ROWS_SHOWN])
    yield Cause("elsewhere", [row for row in suspects if not row.is_here][:ROWS_SHOWN])


def _begins(account: Account, day: date, stated: Iterable[tuple[date, Decimal]]) -> date | None:
    """The first day from which every balance of the file up to ``day`` differs."""
    said = sorted((each, amount) for each, amount in stated if each <= day)
    if len(said) < 2:
        return None
    now = balances_at(account, [each for each, _ in said])
    begins = None
    for each, amount in said:
        if now[each] == amount:
            begins = None
        elif begins is None:
            begins = each
    return begins if begins != said[0][0] else None


def _gap(days: Sequence[date]) -> Gap | None:
    gaps = [(later - earlier, Gap(earlier + ONE_DAY, later - ONE_DAY)) for earlier, later in pairwise(days)]
    length, gap = max(gaps, default=(timedelta(), None))
    return gap if length.days > GAP and len(days) >= GAP else None
