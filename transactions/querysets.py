"""Reads of the ledger and its categories. Each method that shapes a page says which index carries it."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, cast
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, DateField, Q, Sum, Value
from django.db.models.functions import TruncDate

from accounts.querysets import OwnedQuerySet
from wealthwise.periods import day_bounds
from wealthwise.postgres import keyset

if TYPE_CHECKING:
    from transactions.models import (  # noqa: F401
        Category,
        ImportBatch,
        SpendingSummary,
        Subcategory,
        Transaction,
        TransferRefusal,
    )

IS_TRANSFER = Q(transfer_id__isnull=False)

# Every figure above the list and beside a day. Transfers are counted and left out of the sums.
TOTALS: dict[str, Any] = {
    "entries": Count("id"),
    "transfers": Count("id", filter=IS_TRANSFER),
    "money_in": Sum("amount", filter=Q(amount__gt=0) & ~IS_TRANSFER, default=0),
    "money_out": Sum("amount", filter=Q(amount__lt=0) & ~IS_TRANSFER, default=0),
}
# The same of no rows at all.
NO_TOTALS: dict[str, Any] = {"entries": 0, "transfers": 0, "money_in": Decimal(0), "money_out": Decimal(0)}


class CategoryQuerySet(OwnedQuerySet["Category"]):
    pass


class SubcategoryQuerySet(OwnedQuerySet["Subcategory"]):
    def with_category(self) -> Self:
        return self.select_related("category").order_by("category__name", "name")


class ImportBatchQuerySet(OwnedQuerySet["ImportBatch"]):
    pass


class TransactionQuerySet(OwnedQuerySet["Transaction"]):
    def newest_first(self) -> Self:
        """The list's order; idx_transaction_covering yields it without a sort."""
        return self.order_by("-transaction_date", "-id")

    def page_after(self, cursor: str) -> Self:
        """Newest first behind ``cursor``: one range of idx_transaction_covering, at any depth."""
        return cast(Self, keyset.after(self.newest_first(), cursor, moment_field="transaction_date"))

    def covered(self) -> "models.QuerySet[Transaction, Any]":
        """Only what idx_transaction_covering holds, so that a page of the list is an index-only scan."""
        return self.values_list(
            "id",
            "transaction_date",
            "amount",
            "description",
            "subcategory_id",
            "account_id",
            "transfer_id",
            named=True,
        )

    def booked_between(self, start: datetime, end: datetime) -> Self:
        """Half-open range of aware moments; a range scan of idx_transaction_covering."""
        return self.filter(transaction_date__gte=start, transaction_date__lt=end)

    def booked_on(self, first: date, last: date, zone: ZoneInfo) -> Self:
        """All of the days ``first`` to ``last``, both included, as days are in ``zone``."""
        return self.booked_between(*day_bounds(first, last, zone))

    def without_transfers(self) -> Self:
        return self.filter(transfer_id__isnull=True)

    def transfer_legs(self, transfer_id: Any) -> Self:
        """Both rows of a transfer; served by uq_transaction_transfer_leg."""
        return self.filter(transfer_id=transfer_id)

    def totals(self) -> "models.QuerySet[Transaction, Any]":
        """One row: ``day`` None and the TOTALS of all rows selected. Index-only unless a text is searched."""
        return self.order_by().values(day=Value(None, DateField())).annotate(**TOTALS)

    def totals_by_day(self, zone: ZoneInfo) -> "models.QuerySet[Transaction, Any]":
        """The TOTALS of each ``day`` in ``zone``; can be joined to ``totals`` by a union."""
        return self.order_by().values(day=TruncDate("transaction_date", tzinfo=zone)).annotate(**TOTALS)

    def with_comments(self, ids: list[int]) -> Self:
        """Those of ``ids`` that have a comment; looked up by key, as the covering index does without them."""
        return self.filter(pk__in=ids).exclude(comment="")

    def comments_of(self, ids: list[int]) -> dict[int, str]:
        """The comments that are not empty, by id."""
        return dict(self.with_comments(ids).values_list("pk", "comment"))

    def subcategories_used_for(self, description: str, last: int) -> list[int]:
        """Ids of the subcategories of the ``last`` bookings of a description, whatever its case.

        Newest first; index-only over idx_transaction_covering.
        """
        same = self.filter(description__iexact=description.strip(), subcategory__isnull=False)
        return list(same.newest_first().values_list("subcategory_id", flat=True)[:last])

    def for_list(self) -> Self:
        """What a row of the list shows, joined; a relation that was forgotten raises and never queries."""
        return self.select_related("subcategory__category", "account").fetch_mode(models.FETCH_RAISE)


class SummaryQuerySet(OwnedQuerySet["SpendingSummary"]):
    pass


class RefusalQuerySet(OwnedQuerySet["TransferRefusal"]):
    pass
