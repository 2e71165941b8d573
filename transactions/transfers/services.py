"""Two rows that are there already become a transfer, or are two rows again.

Joining and splitting take turns with this user's bulk changes: a bulk deletion that waits for a row reads its
transfer as it then is, but would not see the row's other side.
"""

import uuid

from django.db import transaction

from accounts.models import Account, User
from transactions.ledger.services import RefusedTransfer
from transactions.models import Transaction, TransferRefusal
from transactions.pairing.hints import DAYS_APART
from wealthwise.core.errors import NotFound, balances_fit
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import rows_of, run, value_of

# Both rows are locked and looked at as they are then: of two presses at once, or of one press and an edit, the
# second finds that they no longer match.
_JOIN = """
    WITH pair AS (
        SELECT o.id AS out_id, i.id AS into_id
        FROM transaction o JOIN transaction i ON i.user_id = o.user_id AND i.amount = -o.amount
        WHERE o.user_id = %(user)s AND i.user_id = %(user)s AND o.id = %(out)s AND i.id = %(into)s
          AND o.amount < 0 AND o.account_id <> i.account_id AND o.transfer_id IS NULL AND i.transfer_id IS NULL
          AND o.split_id IS NULL AND i.split_id IS NULL
          AND abs(o.booked_on - i.booked_on) <= %(apart)s
        FOR NO KEY UPDATE OF o, i
    )
    UPDATE transaction t SET transfer_id = %(transfer)s
    FROM pair WHERE t.user_id = %(user)s AND t.id IN (pair.out_id, pair.into_id) AND t.transfer_id IS NULL
"""
_SPLIT = """
    UPDATE transaction SET transfer_id = NULL WHERE user_id = %(user)s AND transfer_id = %(transfer)s
    RETURNING id, amount
"""
_REFUSE = """
    INSERT INTO transfer_refusal (user_id, out_id, into_id)
    SELECT o.user_id, o.id, i.id FROM transaction o JOIN transaction i ON i.user_id = o.user_id
    WHERE o.user_id = %(user)s AND i.user_id = %(user)s AND o.id = %(out)s AND i.id = %(into)s
      AND o.amount < 0 AND i.amount > 0
    ON CONFLICT (user_id, out_id, into_id) DO UPDATE SET out_id = excluded.out_id
    RETURNING id
"""


@transaction.atomic
def make_transfer(*, user: User, out_id: int, into_id: int) -> uuid.UUID:
    """Join two rows to a transfer, in one statement; returns its key, by which ``split_transfer`` undoes it.

    Each keeps its day, text and subcategory; as a transfer neither counts as spending or income. Raises
    RefusedTransfer when the two are not there or no longer fit.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    key = uuid.uuid4()
    pair = {"user": user.pk, "out": out_id, "into": into_id}
    if run(_JOIN, **pair, transfer=key, apart=DAYS_APART) != 2:
        raise RefusedTransfer("These two no longer match: one of them was changed, deleted or made a transfer.")
    return key


@transaction.atomic
def split_transfer(*, user: User, transfer_id: uuid.UUID, is_none: bool) -> None:
    """Make the two rows of a transfer what they were. Raises NotFound.

    ``is_none`` remembers that the two are no transfer, so that they are not offered as one again.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    legs = sorted(rows_of(_SPLIT, user=user.pk, transfer=transfer_id), key=lambda leg: leg[1])
    if not legs:
        raise NotFound("That transfer is no longer there.")
    if is_none and len(legs) == 2:
        refuse_pair(user=user, out_id=legs[0][0], into_id=legs[1][0])


@transaction.atomic
@balances_fit()
def give_other_side(*, user: User, row_id: int, account: Account) -> uuid.UUID:
    """Make one row a transfer to or from ``account``, which gets the other side; returns the transfer's key.

    The row keeps all that it says, and an imported one its identity, so the next import still knows it. Raises
    NotFound, RefusedTransfer or BalanceTooLarge.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    if account.user_id != user.pk:
        raise NotFound("That account is not one of yours.")
    mine = Transaction.objects.for_user(user).filter(pk=row_id)
    row = mine.select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise NotFound("That transaction is no longer there.")
    if row.transfer_id or row.account_id in (None, account.pk):
        raise RefusedTransfer("It is a transfer already, or in no other account than that one.")
    if row.split_id:
        raise RefusedTransfer("It is a part of a split. Join its parts first, then make it a transfer.")
    key = uuid.uuid4()
    mine.update(transfer_id=key)
    said = {name: getattr(row, name) for name in _SHARED}
    Transaction.objects.create(user=user, account=account, amount=-row.amount, transfer_id=key, **said)
    return key


_SHARED = ("description", "comment", "booked_on", "booked_time", "transaction_date")


@transaction.atomic
@balances_fit()
def take_other_side(*, user: User, transfer_id: uuid.UUID, keep_id: int) -> None:
    """Make one side of a transfer an expense or an income again and delete the other side.

    Raises NotFound, BalanceTooLarge, or RefusedTransfer where the other side came from a statement: that one
    is there, whatever it belongs to.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    legs = Transaction.objects.for_user(user).transfer_legs(transfer_id).order_by("pk")
    both = {leg.pk: leg for leg in legs.select_for_update(of=("self",))}
    kept = both.pop(keep_id, None)
    if kept is None:
        raise NotFound("That transfer is no longer there.")
    if any(leg.fingerprint for leg in both.values()):
        raise RefusedTransfer("The other side came from a statement. Split the transfer instead.")
    mine = Transaction.objects.for_user(user)
    mine.filter(pk__in=both).delete()
    mine.filter(pk=keep_id).update(transfer_id=None)


def refuse_pair(*, user: User, out_id: int, into_id: int) -> int:
    """Remember that two rows are no transfer; returns the id by which ``forget_refusal`` undoes it.

    Safe to repeat. Raises NotFound when they are not there, or not an outgoing and an incoming row.
    """
    found = value_of(_REFUSE, user=user.pk, out=out_id, into=into_id)
    if found is None:
        raise NotFound("Those transactions are no longer there.")
    return int(found)


def forget_refusal(*, user: User, refusal_id: int) -> None:
    """Offer the two rows again. Raises NotFound."""
    deleted, _ = TransferRefusal.objects.for_user(user).filter(pk=refusal_id).delete()
    if not deleted:
        raise NotFound("That was undone already.")
