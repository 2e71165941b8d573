"""The balances that stand in a file, against what its account has: before the commit, and as checks after it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

from accounts.models import Account
from transactions.balances.balance_at import balances_at
from transactions.importing.formats.rows import Statement
from transactions.importing.preview import CheckedRow, Preview
from transactions.models import ImportBatch
from transactions.reconciling.pages import stated_in
from transactions.reconciling.services import check_balance, forget_checks_of
from wealthwise.core.days import today_of
from wealthwise.core.money import MAX_AMOUNT, ZERO
from wealthwise.postgres.sql import in_one, rows_of

MOST_KEPT: Final = 1000
ROWS_SHOWN: Final = 5

# One range of idx_transaction_user_account_date.
_NOT_IN_FILE: Final = """
    SELECT id, booked_on, description, amount FROM transaction
    WHERE user_id = %(user)s AND account_id = %(account)s AND booked_on BETWEEN %(first)s AND %(last)s
      AND transaction_date >= %(first)s::date - 1 AND transaction_date < %(last)s::date + 2
      AND id <> ALL(%(matched)s::bigint[])
      AND (fingerprint IS NULL OR (fingerprint, occurrence) NOT IN (
          SELECT * FROM unnest(string_to_array(%(fingerprints)s, ',')::uuid[],
                               string_to_array(%(occurrences)s, ',')::smallint[])))
    ORDER BY booked_on DESC, id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FileBalance:
    """What the file says of the end of a day, and what the account will have once the new rows are in."""

    day: date
    stated: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        return self.stated - self.ledger


@dataclass(frozen=True, slots=True)
class Comparison:
    """``last`` is the newest balance of the file; ``begins`` the first from which all differ, None where it agrees.

    ``others`` are rows of the account on the days of the file that are not in it: id, day, description, amount.
    """

    last: FileBalance
    begins: FileBalance | None
    is_from_start: bool
    others: Sequence[tuple[Any, ...]]


def kept(statement: Statement) -> list[list[str]]:
    """For the batch: day and amount, the newest ones of very many."""
    fitting = [balance for balance in statement.balances if abs(balance.amount) <= MAX_AMOUNT]
    return [[balance.day.isoformat(), f"{balance.amount:.2f}"] for balance in fitting[-MOST_KEPT:]]


def compare(account: Account, statement: Statement, found: Preview) -> Comparison | None:
    """The balances of a file against its account; None for a file without any. At most two statements."""
    said = statement.balances[-MOST_KEPT:]
    if not said:
        return None
    now = balances_at(account, [balance.day for balance in said])
    moved = defaultdict[date, Decimal](Decimal)
    for new in found.new_rows:
        if new.edit.account in (None, account.pk):
            moved[new.booking.booked_on] += new.row.amount
    sums = _Sums(moved)
    all_of_them = [
        FileBalance(each.day, each.amount, now[each.day] + sums.between(account.anchored_on, each.day))
        for each in said
    ]
    differing = _differing(all_of_them)
    return Comparison(
        last=all_of_them[-1],
        begins=differing[0] if differing else None,
        is_from_start=len(differing) == len(all_of_them),
        others=_not_in_file(account, found.rows) if differing else (),
    )


def record(batch: ImportBatch) -> None:
    """Check the account against the newest balance of a committed file, and the newest one that agrees."""
    account, today = batch.account, today_of(batch.user)
    account.user = batch.user  # known already
    said = [(day, amount) for day, amount in stated_in(batch) if day <= today]
    now = balances_at(account, [day for day, _ in said])
    fitting = [(day, amount) for day, amount in said if abs(now[day]) <= MAX_AMOUNT]
    agreed = [(day, amount) for day, amount in fitting if now[day] == amount]
    for day, amount in sorted({*fitting[-1:], *agreed[-1:]}):
        check_balance(account=account, day=day, stated=amount, batch=batch)


def forget(batch: ImportBatch) -> None:
    """What a file said goes with its rows."""
    if batch.balances:
        forget_checks_of(batch=batch)


class _Sums:
    """What new rows add up to, from the first day to any other: what the past explains moves what was before it."""

    def __init__(self, moved: Mapping[date, Decimal]) -> None:
        self.days = sorted(moved)
        self.sums = [ZERO, *accumulate(moved[day] for day in self.days)]

    def between(self, anchored_on: date, day: date) -> Decimal:
        """By how much the balance at the end of a day moves, of an account whose balance is known at another."""
        return self.sums[bisect_right(self.days, day)] - self.sums[bisect_right(self.days, anchored_on)]


def _differing(balances: Sequence[FileBalance]) -> list[FileBalance]:
    """The newest ones that all differ, oldest first."""
    found = list[FileBalance]()
    for balance in reversed(balances):
        if not balance.difference:
            break
        found.append(balance)
    return found[::-1]


def _not_in_file(account: Account, rows: Sequence[CheckedRow]) -> list[tuple[Any, ...]]:
    if not rows:
        return []
    days = [checked.row.booked_on for checked in rows]
    return rows_of(
        _NOT_IN_FILE,
        user=account.user_id,
        account=account.pk,
        first=min(days),
        last=max(days),
        fingerprints=in_one(checked.fingerprint.hex for checked in rows),
        occurrences=in_one(checked.occurrence for checked in rows),
        matched=[checked.match.id for checked in rows if checked.match],
        limit=ROWS_SHOWN,
    )
