"""Transactions: listed by the search language of the pages, read, added, changed, deleted, one or many at once."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from allauth.core.ratelimit import consume
from django.http import QueryDict
from ninja import Query, Router, Schema, Status
from pydantic import Field

from transactions.bulk import services as bulk
from transactions.ledger import list_reads, services
from transactions.ledger.list_reads import Place
from transactions.ledger.listing import read_place
from transactions.ledger.services import state_of
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.models.querysets import TransactionQuerySet
from transactions.search.filters import CURSOR, FilterForm
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.operations.bookings import (
    Clerk,
    TransactionChange,
    TransactionSeen,
    TransactionSent,
    read_all,
    read_one,
    seen,
    version,
)
from wealthwise.api.problems import Problem, changed_meanwhile, invalid, not_found, of_form
from wealthwise.api.repeating import create_once
from wealthwise.api.schemas import Day, Key, Money, RowPath, Sent, SmallKey, Version
from wealthwise.postgres import keyset

router = Router(tags=["Transactions"])
MOST_AT_ONCE: Final = 1000
MOST_PICKED: Final = 10_000


class FilterQuery(Schema):
    """As in the address of the list on the pages. `q` is a search, such as `category:food amount>12.50`."""

    q: str | None = Field(None, max_length=300)
    account: list[int] = []
    category: list[int] = []
    subcategory: list[int] = []
    tag: list[int] = []
    period: int | None = None
    direction: str | None = Field(None, pattern="^(expense|income|transfer|spending|earnings)$")
    amount_from: Money | None = None
    amount_to: Money | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    uncategorised: bool = False
    imported: bool = False
    batch: int | None = None
    description: str | None = Field(None, max_length=200)


class PageQuery(FilterQuery):
    """`after` is the `next` of the page before."""

    after: str | None = Field(None, max_length=200)
    limit: int = Field(50, ge=1, le=500)


class TransactionPage(Schema):
    """The newest first. `next` is null on the last page."""

    items: list[TransactionSeen]
    next: str | None


class TransactionsSent(Sent):
    transactions: Annotated[list[TransactionSent], Field(min_length=1, max_length=MOST_AT_ONCE)]


class TransactionsSeen(Schema):
    transactions: list[TransactionSeen]


class Selected(Sent):
    """Which rows a change is about: these ids, or with `filter` (the query string of a list) all that match it.

    `seen` is how many there are as far as you know: where it is another number nothing is changed.
    """

    ids: Annotated[list[Key], Field(max_length=MOST_PICKED)] | None = None
    filter: str | None = Field(None, max_length=2000)
    seen: int = Field(ge=1, le=bulk.MOST)
    subcategory: SmallKey | None = None
    account: SmallKey | None = None
    tag: SmallKey | None = None
    untag: SmallKey | None = None
    delete: bool = False


class ChangeMade(Schema):
    """What was done in words. `undo` is the id by which it is taken back, while no other change follows."""

    sentence: str
    undo: int


class Undone(Schema):
    sentence: str


@router.get("", response=TransactionPage, summary="List transactions")
def list_transactions(request: ApiRequest, query: Query[PageQuery]) -> dict[str, Any]:
    _check_names(request.GET, PageQuery)
    if query.q and not consume(request, action="searches"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate", "So many searches in a minute are too many.")
    form = understood(request.user, request.GET)
    behind = _behind(query.after)
    names, rows = form.names, form.apply(Transaction.objects.for_user(request.user))
    chosen = list_reads.selection(request.user, rows)
    found = list_reads.page(chosen, behind=behind, limit=query.limit + 1, with_time=True, with_tags=True)
    shown = found[: query.limit]
    following = keyset.encode(*shown[-1].place) if len(found) > len(shown) else None
    return {"items": [seen(row, names) for row in shown], "next": following}


@router.post("", response={201: TransactionSeen, 200: TransactionSeen}, summary="Add a transaction")
def create_transaction(request: ApiRequest, sent: TransactionSent, *, agreed: bool = False) -> Status[Any]:
    """With an `Idempotency-Key` it is added once however often it is sent."""
    booking = Clerk(request.user).booking(sent)

    def create() -> list[int]:
        return [services.record_transaction(user=request.user, booking=booking, agreed=agreed).pk]

    status, made = create_once(request, sent, create)
    return Status(status, read_one(request.user, made[0]))


@router.post("/batch", response={201: TransactionsSeen, 200: TransactionsSeen}, summary="Add up to 1,000 transactions")
def create_transactions(request: ApiRequest, sent: TransactionsSent, *, agreed: bool = False) -> Status[Any]:
    """All of them or none, in one statement. They come back in the order in which they were sent."""
    bookings = Clerk(request.user).bookings(sent.transactions)

    def create() -> list[int]:
        rows = services.record_transactions(user=request.user, bookings=bookings, agreed=agreed)
        return [row.pk for row in rows]

    status, made = create_once(request, sent, create)
    rows = Transaction.objects.for_user(request.user).filter(pk__in=made)
    by_key = {row["id"]: row for row in read_all(request.user, rows, len(made))}
    return Status(status, {"transactions": [by_key[pk] for pk in made if pk in by_key]})


@router.post("/change", response=ChangeMade, summary="Change or delete many transactions")
def change_transactions(request: ApiRequest, sent: Selected, *, agreed: bool = False) -> dict[str, Any]:
    """Give one of `subcategory`, `account`, `tag`, `untag` and `delete`. One statement, and one undo."""
    user, rows, expected = request.user, _selected(request, sent), sent.seen
    asked = [name for name in ("subcategory", "account", "tag", "untag", "delete") if getattr(sent, name)]
    if len(asked) != 1:
        raise invalid({"form": ["Send one of subcategory, account, tag, untag and delete."]})
    common: Any = {"user": user, "rows": rows, "seen": expected}
    match asked[0]:
        case "subcategory":
            done = bulk.recategorise(**common, subcategory_id=sent.subcategory or 0)
        case "account":
            done = bulk.move_account(**common, account_id=sent.account or 0, agreed=agreed)
        case "tag" | "untag":
            done = bulk.tag(**common, tag_id=sent.tag or sent.untag or 0, is_on=asked[0] == "tag")
        case _:
            done = bulk.delete(**common, agreed=agreed)
    return {"sentence": done.sentence, "undo": done.action_id}


@router.post("/undo/{action_id}", response=Undone, summary="Take the last change back")
def undo_change(request: ApiRequest, action_id: RowPath) -> dict[str, str]:
    return {"sentence": bulk.undo(user=request.user, action_id=action_id)}


@router.get("/{transaction_id}", response=TransactionSeen, summary="Read a transaction")
def read_transaction(request: ApiRequest, transaction_id: RowPath) -> dict[str, Any]:
    return read_one(request.user, transaction_id)


@router.patch("/{transaction_id}", response=TransactionSeen, summary="Change a transaction")
def change_transaction(
    request: ApiRequest, transaction_id: RowPath, sent: TransactionChange, *, agreed: bool = False
) -> dict[str, Any]:
    """409 with what is there now where somebody changed it since that `version`. Sides of transfers are changed as
    transfers.
    """
    row = _row(request, transaction_id, sent.version)
    if row.transfer_id:
        told = f"It is a side of a transfer: change /transfers/{row.transfer_id} instead."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "is_transfer", told)
    clerk = Clerk(request.user)
    said = {**seen(row, clerk.names), **{name: getattr(sent, name) for name in sent.model_fields_set}}
    whole = {name: value for name, value in said.items() if name in TransactionSent.model_fields}
    for name in ("amount", "description", "day", "comment", "tags"):
        if whole[name] is None:
            raise invalid({name: ["It cannot be null; leave it out where it stays."]})
    booking = clerk.booking(TransactionSent.model_construct(**whole), kept=row)
    shown = state_of(row).shown()
    services.update_transaction(user=request.user, transaction_id=row.pk, booking=booking, shown=shown, agreed=agreed)
    return read_one(request.user, row.pk)


@router.delete("/{transaction_id}", response=ChangeMade, summary="Delete a transaction")
def delete_transaction(
    request: ApiRequest, transaction_id: RowPath, *, version: Version | None = None, agreed: bool = False
) -> dict[str, Any]:
    """Of a side of a transfer, both are deleted. With `version`, only while the row is still as you read it."""
    row = _row(request, transaction_id, version)
    done = bulk.delete_one(user=request.user, row=row, agreed=agreed)
    return {"sentence": done.sentence, "undo": done.action_id}


def understood(user: Any, data: Any) -> FilterForm:
    """The filter that was asked for, all of it. Raises Problem where a part of it would be lost."""
    form = FilterForm(data, user=user, names=names_of(user))
    if not form.is_valid():
        raise of_form(form)
    if form.problems:
        raise invalid({"q": form.problems})
    return form


def _behind(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    place = keyset.decode(cursor, read_place)
    if place is None:
        raise invalid({CURSOR: ["That is no `next` of a page."]})
    return place


def _check_names(asked: QueryDict, known: type[FilterQuery]) -> None:
    """Raises Problem where it asks for what is no filter, which would widen it in silence."""
    if unknown := set(asked) - known.model_fields.keys():
        raise invalid({name: ["There is no such filter."] for name in sorted(unknown)})


def _selected(request: ApiRequest, sent: Selected) -> TransactionQuerySet:
    mine = Transaction.objects.for_user(request.user)
    if (sent.ids is None) == (sent.filter is None):
        raise invalid({"form": ["Send either ids or a filter."]})
    if sent.ids is not None:
        return mine.filter(pk__in=sent.ids)
    asked = QueryDict((sent.filter or "").lstrip("?"))
    _check_names(asked, FilterQuery)
    return understood(request.user, asked).apply(mine)


def _row(request: ApiRequest, pk: int, expected: str | None) -> Transaction:
    """The row as it is now. Raises Problem where it is not there, or another one than was seen."""
    row = Transaction.objects.for_user(request.user).filter(pk=pk).first()
    if row is None:
        raise not_found()
    if expected is not None and version(row) != expected:
        raise changed_meanwhile(TransactionSeen(**seen(row, names_of(request.user))).model_dump(mode="json"))
    return row
