"""Transfers between two accounts of a person: made, joined of two rows, changed, parted again."""

from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status

from accounts.models import Account
from transactions.bulk import services as bulk
from transactions.ledger import services
from transactions.ledger.services import TransferBooking, state_of
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.tags.services import LONGEST, names_in
from transactions.transfers import services as transfers
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.operations.bookings import Clerk, TransactionSeen, seen
from wealthwise.api.operations.transactions import ChangeMade
from wealthwise.api.problems import changed_meanwhile, invalid, not_found
from wealthwise.api.repeating import create_once
from wealthwise.api.schemas import Clock, Day, Key, MoneyAboveZero, Sent, Version, text, text_of, version_of

router = Router(tags=["Transfers"])


class TransferSeen(Schema):
    """Both sides: `out` is the one below zero."""

    id: UUID
    out: TransactionSeen
    into: TransactionSeen
    version: Version


class TransferSent(Sent):
    """`amount` goes from the account `source` to the account `target`."""

    amount: MoneyAboveZero
    source: Key
    target: Key
    day: Day
    time: Clock | None = None
    description: text_of(Transaction, "description") = "Transfer"  # type: ignore[valid-type]  # made by a function
    comment: text_of(Transaction, "comment", least=0) = ""  # type: ignore[valid-type]  # as above
    tags: list[text(LONGEST)] = []  # type: ignore[valid-type]  # as above


class TransferChange(TransferSent):
    """What both sides become. Day, time and words are those of `side`; the other side keeps its own."""

    version: Version
    side: Key


class SidesSent(Sent):
    """Two rows that are there: `out` below zero, `into` as much above it, in two accounts, some days apart."""

    out: Key
    into: Key


class PartingSent(Sent):
    """`is_none` remembers that the two are no transfer, so that they are not offered as one again."""

    is_none: bool = False


@router.post("", response={201: TransferSeen, 200: TransferSeen}, summary="Move money between two accounts")
def create_transfer(request: ApiRequest, sent: TransferSent, *, agreed: bool = False) -> Status[Any]:
    """With an `Idempotency-Key` it is added once however often it is sent."""
    booking = _booking(request, sent)

    def create() -> list[int]:
        return [side.pk for side in services.record_transfer(user=request.user, booking=booking, agreed=agreed)]

    status, made = create_once(request, sent, create)
    row = Transaction.objects.for_user(request.user).filter(pk__in=made, transfer_id__isnull=False).first()
    if row is None:
        raise not_found()
    return Status(status, _told(request, row.transfer_id))


@router.post("/join", response=TransferSeen, summary="Join two transactions to a transfer")
def join_transfer(request: ApiRequest, sent: SidesSent) -> dict[str, Any]:
    key = transfers.make_transfer(user=request.user, out_id=sent.out, into_id=sent.into)
    return _told(request, key)


@router.get("/{transfer_id}", response=TransferSeen, summary="Read a transfer")
def read_transfer(request: ApiRequest, transfer_id: UUID) -> dict[str, Any]:
    return _told(request, transfer_id)


@router.put("/{transfer_id}", response=TransferSeen, summary="Change a transfer")
def change_transfer(
    request: ApiRequest, transfer_id: UUID, sent: TransferChange, *, agreed: bool = False
) -> dict[str, Any]:
    """409 with what is there now where somebody changed it since that `version`."""
    legs = _legs(request, transfer_id)
    if _version(legs) != sent.version:
        now = TransferSeen(**_told(request, transfer_id)).model_dump(mode="json")
        raise changed_meanwhile(now)
    leg = next((leg for leg in legs if leg.pk == sent.side), None)
    if leg is None:
        raise invalid({"side": ["That is no side of this transfer."]})
    other = next(each for each in legs if each is not leg)
    services.update_transfer(
        user=request.user,
        transfer_id=transfer_id,
        leg_id=leg.pk,
        booking=_booking(request, sent, legs),
        shown=state_of(leg, other).shown(),
        agreed=agreed,
    )
    return _told(request, transfer_id)


@router.post("/{transfer_id}/part", response={204: None}, summary="Make two transactions of a transfer again")
def part_transfer(request: ApiRequest, transfer_id: UUID, sent: PartingSent) -> Status[None]:
    transfers.split_transfer(user=request.user, transfer_id=transfer_id, is_none=sent.is_none)
    return Status(204, None)


@router.delete("/{transfer_id}", response=ChangeMade, summary="Delete both sides of a transfer")
def delete_transfer(request: ApiRequest, transfer_id: UUID, *, agreed: bool = False) -> dict[str, Any]:
    done = bulk.delete_one(user=request.user, row=_legs(request, transfer_id)[0], agreed=agreed)
    return {"sentence": done.sentence, "undo": done.action_id}


def _legs(request: ApiRequest, transfer_id: UUID) -> list[Transaction]:
    """Both sides, the one that goes out first. Raises Problem."""
    found = list(Transaction.objects.for_user(request.user).transfer_legs(transfer_id).order_by("amount"))
    if len(found) != 2:
        raise not_found()
    return found


def _version(legs: list[Transaction]) -> str:
    return version_of(*(value for leg in legs for value in (leg.pk, *state_of(leg).shown().values())))


def _told(request: ApiRequest, transfer_id: UUID | None) -> dict[str, Any]:
    legs, names = _legs(request, transfer_id or UUID(int=0)), names_of(request.user)
    return {
        "id": transfer_id,
        "out": seen(legs[0], names),
        "into": seen(legs[1], names),
        "version": _version(legs),
    }


def _booking(request: ApiRequest, sent: TransferSent, legs: list[Transaction] | None = None) -> TransferBooking:
    """What the forms of the pages would refuse is refused in their words. Raises Problem."""
    clerk, kept = Clerk(request.user), {leg.account_id for leg in legs or []}
    found = {
        "amount": clerk.wrong_amount(sent.amount),
        "source": clerk.wrong_account(sent.source, sent.source if sent.source in kept else None),
        "target": clerk.wrong_account(sent.target, sent.target if sent.target in kept else None),
        "tags": clerk.wrong_tags(sent.tags),
    }
    if sent.source == sent.target:
        found["target"] = "Choose two different accounts."
    if errors := {name: [said] for name, said in found.items() if said}:
        raise invalid(errors)
    return TransferBooking(
        amount=sent.amount,
        source=Account(pk=sent.source, user=request.user),
        target=Account(pk=sent.target, user=request.user),
        day=sent.day,
        clock=sent.time,
        description=sent.description,
        comment=sent.comment,
        tags=names_in(",".join(sent.tags)),
    )
