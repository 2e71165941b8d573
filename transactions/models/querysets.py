"""Reads of the ledger and its categories. Each method that shapes a page says which index carries it."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Case, Q, When
from django.db.models.functions import Length

from accounts.models.querysets import OwnedQuerySet

if TYPE_CHECKING:
    from transactions.models import (  # noqa: F401
        BalanceCheck,
        Category,
        ImportBatch,
        SpendingSummary,
        Subcategory,
        Transaction,
        TransferRefusal,
    )

IS_TRANSFER = Q(transfer_id__isnull=False)


class CategoryQuerySet(OwnedQuerySet["Category"]):
    pass


class SubcategoryQuerySet(OwnedQuerySet["Subcategory"]):
    def with_category(self) -> Self:
        return self.select_related("category").order_by("category__name", "name")


class ImportBatchQuerySet(OwnedQuerySet["ImportBatch"]):
    def with_size(self) -> Self:
        """With ``size``, the bytes of the file, without reading it; None when it is no longer kept."""
        return self.annotate(size=Length("content"))

    def with_short_content(self, most: int) -> Self:
        """With ``size``, and with ``short_content`` where that is no more than so many bytes: the rest stays there."""
        short = Case(When(size__lte=most, then="content"))
        return self.with_size().annotate(short_content=short).defer("content")


class BalanceCheckQuerySet(OwnedQuerySet["BalanceCheck"]):
    def agreed(self) -> Self:
        return self.exclude(outcome="open")


class TransactionQuerySet(OwnedQuerySet["Transaction"]):
    def newest_first(self) -> Self:
        """The list's order, sorted; of long lists `transactions.ledger.list_reads` reads a page without."""
        return self.order_by("-booked_on", "-transaction_date", "-id")

    def latest_first(self) -> Self:
        """Nearly the list's order, by idx_transaction_covering without a sort: days may interleave by one."""
        return self.order_by("-transaction_date", "-id")

    def without_transfers(self) -> Self:
        return self.filter(transfer_id__isnull=True)

    def transfer_legs(self, transfer_id: Any) -> Self:
        """Both rows of a transfer; served by uq_transaction_transfer_leg."""
        return self.filter(transfer_id=transfer_id)

    def parts(self, split_id: Any) -> Self:
        """The rows of a split in their order; served by idx_transaction_split."""
        return self.filter(split_id=split_id).order_by("split_part")

    def for_list(self) -> Self:
        """What a row shows outside the list, joined; the list itself reads no objects."""
        return self.select_related("subcategory__category", "account")


class SummaryQuerySet(OwnedQuerySet["SpendingSummary"]):
    pass


class RefusalQuerySet(OwnedQuerySet["TransferRefusal"]):
    pass
