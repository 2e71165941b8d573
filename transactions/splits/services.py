"""Splitting a row into parts, changing all of them, and joining them to one row again.

The parts are rows of the ledger as every other one, so no sum, budget or report knows of splits. What the bank's row
was stays: their sum, account, day and description, and its fingerprint at the first part. Locks are taken as bulk
changes take them, of which these are one: each can be undone as the last change.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from transactions.balances.reconciled import BankRow, ask_for_places
from transactions.bulk.splitting import new_ids, replace_rows
from transactions.categories.services import _hold_subcategories
from transactions.ledger.services import Booking, _check_booking
from transactions.models import Subcategory
from transactions.tags.services import ids_of
from wealthwise.core.errors import DomainError, NotFound, RefusedAmount, balances_fit
from wealthwise.core.money import ZERO, format_money
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import rows_of

MOST: Final = 50  # parts of a split; the trigger that looks at splits says so too

# The row and all parts of its split, the first one first; whole, by the names of columns.
_ROWS: Final = """
    SELECT to_jsonb(t)::text FROM transaction t
    WHERE t.user_id = %(user)s AND (t.id = %(id)s OR t.split_id = (
        SELECT o.split_id FROM transaction o WHERE o.user_id = %(user)s AND o.id = %(id)s))
    ORDER BY t.split_part, t.id
"""
_HELD: Final = _ROWS + " FOR UPDATE OF t"

type Row = dict[str, Any]


class RefusedSplit(DomainError):
    """A row that cannot be split, or parts that are none."""


class SplitMeanwhile(DomainError):
    """Another save changed the row, or its parts, since they were shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPart:
    """One part as it is to be: ``id`` is of a part that is there, None of a new one; ``amount`` is above zero."""

    amount: Decimal
    id: int | None = None
    subcategory: Subcategory | None = None
    comment: str = ""
    tags: tuple[str, ...] = ()


def state_of(*, user: User, row_id: int) -> str:
    """What a form is shown with: it changes with the row, and with each part of its split."""
    return _digest(rows_of(_ROWS, user=user.pk, id=row_id))


@transaction.atomic
@balances_fit()
def split(
    *,
    user: User,
    row_id: int,
    booking: Booking,
    parts: Sequence[SplitPart],
    shown: str | None = None,
    agreed: bool = False,
) -> int:
    """Make ``parts`` of a row, or others of one that is split; ``booking`` is what all of it says, with their sum.

    Returns what `undo` takes. The row stays as the first part, with its identity of an import. Raises RefusedSplit,
    RefusedAmount, NotFound, SplitMeanwhile where it is not as ``shown``, BalanceTooLarge, and Reconciled unless the
    user ``agreed``.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    _check_booking(user, booking)
    _check_parts(user, booking, parts)
    if filed := {part.subcategory.pk for part in parts if part.subcategory}:
        _hold_subcategories(user, sorted(filed))
    tags = [ids_of(user=user, names=part.tags) for part in parts]
    before = _held(user, row_id, shown)
    known = {row["id"]: row for row in before}
    kept = [part.id for part in parts if part.id is not None]
    if len(set(kept)) < len(kept) or not known.keys() >= set(kept):
        raise SplitMeanwhile("A part of it is no longer there. Look at it again.")
    after = _after(user, before, booking, parts, tags)
    ask_for_places(user, [_place(before)], [_place(after)], agreed=agreed)
    is_new = before[0]["split_id"] is None
    said = f"Split “{booking.description}” into {len(parts)} parts." if is_new else f"Changed “{booking.description}”."
    return replace_rows(user.pk, [_plain(row) for row in before], after, said)


@transaction.atomic
def join_parts(*, user: User, row_id: int) -> int:
    """Make the parts of a split one row again, filed and described as the first of them; returns what `undo` takes.

    Raises NotFound, also where it is no part.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    before = _held(user, row_id)
    if before[0]["split_id"] is None:
        raise NotFound("It is one row already.")
    amount = sum((row["amount"] for row in before), ZERO)
    one = before[0] | {"amount": amount, "split_id": None, "split_part": None}
    return replace_rows(
        user.pk, [_plain(row) for row in before], [_plain(one)], f"Joined “{one['description']}” to one row again."
    )


def _held(user: User, row_id: int, shown: str | None = None) -> list[Row]:
    found = rows_of(_HELD, user=user.pk, id=row_id)
    rows: list[Row] = [json.loads(text, parse_float=Decimal) for (text,) in found]
    if not rows:
        raise NotFound("That transaction is no longer there.")
    if rows[0]["transfer_id"] is not None:
        raise RefusedSplit("A transfer is neither spending nor income, so there is nothing to split.")
    if shown is not None and shown != _digest(found):
        raise SplitMeanwhile(
            "This was changed elsewhere meanwhile. Look at it once more: saving again replaces what is there now."
        )
    for row in rows:
        row["amount"] = Decimal(row["amount"])
    return rows


def _digest(found: list[tuple[str]]) -> str:
    return hashlib.sha256("\n".join(text for (text,) in found).encode()).hexdigest()[:32]


def _check_parts(user: User, booking: Booking, parts: Sequence[SplitPart]) -> None:
    if not 2 <= len(parts) <= MOST:
        raise RefusedSplit(f"A split has 2 to {MOST} parts, each with its amount.")
    if any(part.amount <= 0 for part in parts):
        raise RefusedAmount("The amount of each part must be above zero.")
    rest = booking.amount - sum((part.amount for part in parts), ZERO)
    if rest:
        amount = format_money(abs(rest), user.currency)
        what = f"{amount} is left to give to a part." if rest > 0 else f"The parts have {amount} too much."
        raise RefusedAmount(f"The parts do not add up to the whole: {what}")


def _after(
    user: User, before: Sequence[Row], booking: Booking, parts: Sequence[SplitPart], tags: Sequence[list[int]]
) -> list[Row]:
    """The rows that the parts become. The row that was there first is the first part, whichever is listed first."""
    first, known = before[0], {row["id"]: row for row in before}
    shared = _shared(user, first, booking)
    listed = list(zip(parts, tags, strict=True))
    if all(part.id != first["id"] for part in parts):  # it was taken out: its row goes on as another part
        ids: list[int | None] = [first["id"], *(part.id for part in parts[1:])]
    else:
        ids = [part.id for part in parts]
    fresh = iter(new_ids(ids.count(None)))
    number = max(row["split_part"] or 1 for row in before)
    rows = []
    for (part, own_tags), pk in zip(listed, ids, strict=True):
        if pk is None:
            number += 1
            row = first | _UNKNOWN | {"id": next(fresh), "split_part": number, "created_at": timezone.now()}
        else:
            row = known[pk] | {"split_part": known[pk]["split_part"] or 1}
        filed = part.subcategory.pk if part.subcategory else None
        if filed is not None and row["subcategory_id"] != filed == row["filed_as_id"]:
            row["filed_as_id"] = None  # their own choice from now on
        amount = part.amount if booking.is_income else -part.amount
        own = {"amount": amount, "subcategory_id": filed, "comment": part.comment, "tag_ids": own_tags or None}
        rows.append(_plain(row | shared | own))
    return rows


# What a new part does not take over from the row that is split.
_UNKNOWN: Final = {"fingerprint": None, "occurrence": None, "filed_as_id": None, "rule_id": None}


def _shared(user: User, first: Row, booking: Booking) -> Row:
    """What all parts say. The timestamp of a day and a time that stay is kept, whatever zone it was made in."""
    said: Row = {
        "description": booking.description,
        "account_id": booking.account.pk if booking.account else None,
        "split_id": first["split_id"] or str(uuid.uuid4()),
    }
    clock = booking.clock.isoformat() if booking.clock else None
    if (first["booked_on"], first["booked_time"]) == (booking.day.isoformat(), clock):
        return said | {name: first[name] for name in ("booked_on", "booked_time", "transaction_date")}
    return said | booking.written(user)


def _plain(row: Row) -> Row:
    """As JSON can have it; the database reads numbers, days and times from text."""
    return {
        name: value if value is None or isinstance(value, int | list) else str(value) for name, value in row.items()
    }


def _place(rows: Sequence[Row]) -> BankRow:
    """All of it, as the bank knows it."""
    amount = sum((Decimal(row["amount"]) for row in rows), ZERO)
    return BankRow(rows[0]["account_id"], date.fromisoformat(str(rows[0]["booked_on"])), amount)
