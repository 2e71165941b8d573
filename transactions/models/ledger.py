"""The ledger: one row a booking, partitioned by owner."""

from datetime import UTC, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Now, TruncDate
from django.db.models.lookups import LessThan

from accounts.models import Account, User, money_field
from transactions.models.bulk_actions import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.models.categories import Subcategory
from transactions.models.imports import ImportBatch
from transactions.models.querysets import (
    TransactionQuerySet,
)
from transactions.models.rules import Rule  # noqa: F401 - where Django looks for models
from transactions.models.saved_filters import SavedFilter  # noqa: F401 - where Django looks for models
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.folding import Words
from wealthwise.postgres.indexes import GinIndex, Index, UniqueConstraint

# Zones lie between 12 hours behind and 14 hours ahead of UTC, so the owner's day is that of UTC or one beside it.
# What reads some days may therefore enter an index by timestamps a day wider, see transactions.models.days.
_DAY_OF_TIMESTAMP = TruncDate("transaction_date", tzinfo=UTC)
DAY_NEAR_TIMESTAMP = Q(
    booked_on__gte=_DAY_OF_TIMESTAMP - timedelta(days=1), booked_on__lte=_DAY_OF_TIMESTAMP + timedelta(days=1)
)


class Transaction(models.Model):
    """One booking in the ledger ("transaction"; millions of rows, hash-partitioned by user_id).

    ``amount`` is negative for an expense, positive for income or a refund. A transfer is two rows of
    opposite sign that share ``transfer_id``. Rows are written by entry, import, bulk edits and the
    demo; statement-level triggers keep account balances and ``spending_summary`` in step.

    ``booked_on`` is the day in the owner's life, by which every list, sum and report goes; ``booked_time`` the
    time on the owner's clock, null where only the day is known. ``transaction_date`` is the timestamp that both
    made in the owner's time zone then (noon without a time), and orders the rows of a day.

    A row that was filed without being asked for remembers as what: ``filed_as_id`` is the subcategory, and ``rule_id``
    the rule that gave it, if one did. While the row still is there it may be filed anew; another subcategory, or
    none, is the person's own choice, which no rule replaces. Both are numbers without a key: they outlive a rule and a
    subcategory that go, and mean nothing then.

    ``tag_ids`` are the tags of a row, in ascending order, null without any. They are in the row and not in a table of
    links, so that whatever keeps or copies a row keeps them; triggers hold that they are there and its owner's.

    A *split* is two or more rows that were one: they share ``split_id``, and their sum is what the bank's row was.
    Each is a row as every other one, with its own amount, subcategory, tags and comment. ``split_part`` is its number;
    the first one is the row that was there before, and alone carries the fingerprint. Triggers hold that the parts of
    a split have one account, day, import and direction.

    Django's primary key is ``id``; the database's is ``(id, user_id)``.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    subcategory = models.ForeignKey(
        Subcategory,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    amount = money_field()
    description = models.CharField(max_length=200)
    comment = models.CharField(max_length=500, blank=True)
    booked_on = models.DateField()
    booked_time = models.TimeField(null=True, blank=True)
    transaction_date = models.DateTimeField()
    transfer_id = models.UUIDField(null=True, blank=True, editable=False)
    import_batch = models.ForeignKey(
        ImportBatch,
        models.DO_NOTHING,
        null=True,
        editable=False,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    fingerprint = models.UUIDField(null=True, editable=False)
    occurrence = models.PositiveSmallIntegerField(null=True, editable=False)
    filed_as_id = models.IntegerField(null=True, editable=False)
    rule_id = models.IntegerField(null=True, editable=False)
    tag_ids = ArrayField(models.IntegerField(), null=True, editable=False)
    split_id = models.UUIDField(null=True, editable=False)
    split_part = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        public="account subcategory booked_on booked_time transaction_date transfer_id import_batch filed_as_id "
        "rule_id tag_ids split_id split_part created_at",
        private="amount description comment fingerprint occurrence",
    )

    objects = TransactionQuerySet.as_manager()

    class Meta:
        db_table = "transaction"
        indexes: ClassVar = [
            Index(
                F("user"),
                F("transaction_date").desc(),
                F("id").desc(),
                include=["amount", "description", "subcategory", "account", "transfer_id", "booked_on"],
                name="idx_transaction_covering",
                reason="The list at any depth, the totals of any days: index-only, one partition.",
            ),
            Index(
                fields=["user", "subcategory", "-transaction_date"],
                name="idx_transaction_user_subcategory_date",
                reason="The list of one subcategory; a subcategory is deleted.",
            ),
            Index(
                fields=["subcategory", "transaction_date"],
                name="idx_transaction_subcategory_date_range",
                reason="Reports across people by subcategory and dates.",
            ),
            Index(
                fields=["user", "account", "-transaction_date"],
                name="idx_transaction_user_account_date",
                reason="The list of one account; an account is deleted.",
            ),
            Index(
                F("user"),
                Lower("description"),
                name="idx_transaction_user_words",
                reason="What was usual for a description, while it is typed or imported.",
            ),
            Index(
                fields=["user", "import_batch"],
                condition=Q(import_batch__isnull=False),
                name="idx_transaction_import_batch",
                reason="An import is reverted.",
            ),
            GinIndex(
                F("user"),
                F("amount"),
                OpClass(Words("description", "comment"), name="gin_trgm_ops"),
                name="idx_transaction_words",
                reason="A search for words or an amount that few rows have, in a ledger of any length.",
            ),
            GinIndex(
                F("user"),
                F("tag_ids"),
                condition=Q(tag_ids__isnull=False),
                name="idx_transaction_tags",
                reason="The rows that have a tag; a tag is deleted or merged.",
            ),
            Index(
                fields=["user", "split_id", "split_part"],
                include=["id", "amount"],
                condition=Q(split_id__isnull=False),
                name="idx_transaction_split",
                reason="The parts of a split; the list leaves out all but the first of each.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "fingerprint", "occurrence"],
                condition=Q(fingerprint__isnull=False),
                name="uq_transaction_fingerprint",
                reason="Importing the same file twice adds nothing; two equal coffees on one day both stay.",
            ),
            UniqueConstraint(
                F("user"),
                F("transfer_id"),
                LessThan(F("amount"), Value(0)),
                condition=Q(transfer_id__isnull=False),
                name="uq_transaction_transfer_leg",
                reason="A transfer has at most one leg out and one leg in; both legs of a transfer.",
            ),
            OwnedForeignKey(name="transaction_account_owner_fk", fields=["user", "account"], to="accounts.Account"),
            OwnedForeignKey(
                name="transaction_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
            ),
            OwnedForeignKey(
                name="transaction_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
            ),
            models.CheckConstraint(condition=~Q(description=""), name="transaction_description_given"),
            models.CheckConstraint(condition=DAY_NEAR_TIMESTAMP, name="transaction_day_near_timestamp"),
            models.CheckConstraint(
                condition=Q(transfer_id__isnull=True) | Q(account__isnull=False),
                name="transaction_transfer_has_account",
            ),
            models.CheckConstraint(
                condition=Q(fingerprint__isnull=True, occurrence__isnull=True)
                | Q(fingerprint__isnull=False, occurrence__gte=1),
                name="transaction_fingerprint_pair",
            ),
            models.CheckConstraint(
                condition=Q(tag_ids__isnull=True) | Q(tag_ids__len__gte=1, tag_ids__len__lte=20),
                name="transaction_tags_counted",
            ),
            models.CheckConstraint(
                condition=Q(split_id__isnull=True, split_part__isnull=True)
                | Q(Q(split_part=1) | Q(fingerprint__isnull=True), split_id__isnull=False)
                & Q(split_part__gte=1, transfer_id__isnull=True),
                name="transaction_split_part_fits",
            ),
        ]

    def __str__(self) -> str:
        return f"Transaction {self.pk}"  # never its text: the console shows this to staff
