"""Transactions as programs see and send them: how a row looks, and what is booked of what was sent."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Schema

from accounts.models import Account, User
from transactions.ledger import list_reads
from transactions.ledger.list_reads import Entry
from transactions.ledger.services import Booking
from transactions.models import Subcategory, Transaction
from transactions.models.cached_names import Names, names_of
from transactions.models.querysets import TransactionQuerySet
from transactions.tags.services import LONGEST, MOST_OF_A_ROW, RefusedTag, TooManyTags, names_in
from wealthwise.api.problems import Errors, invalid, not_found
from wealthwise.api.schemas import Clock, Day, Key, Money, MoneyNotZero, Sent, Version, text, text_of, version_of
from wealthwise.core.money import parse_amount

NOT_YOURS = "That is not one of yours."


class TransactionSeen(Schema):
    """A booking. `amount` is below zero for an expense. One side of a transfer has `transfer`; parts that were one row
    have the same `split`, and a change of day, account or description of one is a change of all of them.
    """

    id: int
    day: Day
    time: Clock | None
    amount: Money
    description: str
    comment: str
    account: int | None
    subcategory: int | None
    tags: list[str]
    transfer: UUID | None
    split: UUID | None
    version: Version


class TransactionSent(Sent):
    """A booking to add. `amount` is below zero for an expense; tags that are new are made."""

    amount: MoneyNotZero
    description: text_of(Transaction, "description")  # type: ignore[valid-type]  # made by a function
    day: Day
    time: Clock | None = None
    account: Key | None = None
    subcategory: Key | None = None
    comment: text_of(Transaction, "comment", least=0) = ""  # type: ignore[valid-type]  # as above
    tags: list[text(LONGEST)] = []  # type: ignore[valid-type]  # as above


class TransactionChange(Sent):
    """What becomes of a booking; what is not sent stays. `version` is that of the row as you read it."""

    version: Version
    amount: MoneyNotZero | None = None
    description: text_of(Transaction, "description") | None = None  # type: ignore[valid-type]  # made by a function
    day: Day | None = None
    time: Clock | None = None
    account: Key | None = None
    subcategory: Key | None = None
    comment: text_of(Transaction, "comment", least=0) | None = None  # type: ignore[valid-type]  # as above
    tags: list[text(LONGEST)] | None = None  # type: ignore[valid-type]  # as above


def version(row: Entry | Transaction) -> str:
    """Of everything that a change can change, and of whether it is a transfer."""
    return version_of(
        row.amount,
        row.description,
        row.booked_on,
        row.booked_time,
        row.account_id,
        row.subcategory_id,
        row.comment,
        row.tag_ids,
        row.transfer_id,
        row.split_id,
    )


def seen(row: Entry | Transaction, names: Names) -> dict[str, Any]:
    """A row as `TransactionSeen` describes it."""
    return {
        "id": row.id,
        "day": row.booked_on,
        "time": row.booked_time,
        "amount": row.amount,
        "description": row.description,
        "comment": row.comment,
        "account": row.account_id,
        "subcategory": row.subcategory_id,
        "tags": [names.tags[tag] for tag in row.tag_ids or () if tag in names.tags],
        "transfer": row.transfer_id,
        "split": row.split_id,
        "version": version(row),
    }


def read_all(user: User, rows: TransactionQuerySet, most: int) -> list[dict[str, Any]]:
    """Some rows of ``user`` in the order of the list; one statement."""
    chosen, names = list_reads.selection(user, rows), names_of(user)
    return [seen(row, names) for row in list_reads.page(chosen, limit=most, with_time=True, with_tags=True)]


def read_one(user: User, pk: int) -> dict[str, Any]:
    """One row. Raises Problem where it is not there, or somebody else's."""
    found = read_all(user, Transaction.objects.for_user(user).filter(pk=pk), 1)
    if not found:
        raise not_found()
    return found[0]


class Clerk:
    """Makes bookings of what was sent; what the forms of the pages would refuse is refused in their words."""

    def __init__(self, user: User) -> None:
        self.user, self.names = user, names_of(user)

    def booking(self, sent: TransactionSent, *, kept: Transaction | None = None) -> Booking:
        """Raises Problem. What a row has already may stay, closed and archived or not."""
        if errors := self.errors_of(sent, kept=kept):
            raise invalid(errors)
        return Booking(
            amount=abs(sent.amount),
            is_income=sent.amount > 0,
            description=sent.description,
            day=sent.day,
            clock=sent.time,
            account=self.account(sent.account),
            subcategory=Subcategory(pk=sent.subcategory, user=self.user) if sent.subcategory else None,
            comment=sent.comment,
            tags=names_in(",".join(sent.tags)),
        )

    def bookings(self, sent: Sequence[TransactionSent]) -> list[Booking]:
        """Raises Problem with the errors of all of them, each by its place."""
        wrong = {
            f"transactions.{place}.{name}": said
            for place, one in enumerate(sent)
            for name, said in self.errors_of(one).items()
        }
        if wrong:
            raise invalid(wrong)
        return [self.booking(one) for one in sent]

    def account(self, pk: int | None) -> Account | None:
        return Account(pk=pk, user=self.user) if pk else None

    def errors_of(self, sent: TransactionSent, kept: Transaction | None = None) -> Errors:
        found = {
            "amount": self.wrong_amount(sent.amount),
            "account": self.wrong_account(sent.account, kept.account_id if kept else None),
            "subcategory": self._wrong_subcategory(sent.subcategory, kept.subcategory_id if kept else None),
            "tags": self.wrong_tags(sent.tags),
        }
        return {name: [said] for name, said in found.items() if said}

    @staticmethod
    def wrong_amount(amount: Decimal) -> str:
        """Cents that the currency does not have."""
        try:
            parse_amount(f"{amount:.2f}")
        except ValueError as error:
            return str(error)
        return ""

    def wrong_account(self, pk: int | None, kept: int | None = None) -> str:
        if pk is None or pk == kept:
            return ""
        if pk not in self.names.accounts:
            return NOT_YOURS
        return f"{self.names.accounts[pk]} is closed." if pk in self.names.closed else ""

    def _wrong_subcategory(self, pk: int | None, kept: int | None) -> str:
        if pk is None or pk == kept:
            return ""
        if pk not in self.names.subcategories:
            return NOT_YOURS
        return f"{self.names.subcategories[pk]} is archived." if pk in self.names.archived else ""

    def wrong_tags(self, tags: Iterable[str]) -> str:
        tags = list(tags)
        if any("," in tag for tag in tags):
            return "A tag has no commas."
        try:
            names_in(",".join(tags))
        except (RefusedTag, TooManyTags) as refusal:
            return str(refusal)
        return f"A transaction has at most {MOST_OF_A_ROW} tags." if len(tags) > MOST_OF_A_ROW else ""
