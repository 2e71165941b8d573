"""The ledger and its categories in the console. Nothing here counts the ledger's rows or changes them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from transactions.models import Category, ImportBatch, Subcategory, Transaction
from wealthwise.ops.readonly import ReadOnlyAdmin
from wealthwise.postgres.catalog import partitions_of


class EstimatedPaginator(Paginator):
    """Takes the number of rows from the planner's statistics: counting a large ledger takes seconds."""

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return max(1, sum(part.estimated_rows for part in partitions_of(connection, Transaction._meta.db_table)))


class LedgerAdmin(ReadOnlyAdmin):
    show_full_result_count = False


@admin.register(Category)
class CategoryAdmin(LedgerAdmin):
    list_display = ("name", "kind", "user_id", "is_template", "created_at")
    search_fields = ("user__username__exact", "user__email__exact")
    ordering = ("-id",)


@admin.register(Subcategory)
class SubcategoryAdmin(LedgerAdmin):
    list_display = ("name", "category", "user_id", "created_at")
    list_select_related = ("category",)
    search_fields = ("user__username__exact", "user__email__exact")
    ordering = ("-id",)


@admin.register(ImportBatch)
class ImportBatchAdmin(LedgerAdmin):
    """Without what was in the file and without its errors, which quote it."""

    list_display = ("id", "user_id", "kind", "state", "new_count", "duplicate_count", "error_count", "created_at")
    list_filter = ("state", "kind")
    fields: ClassVar = [*list_display[1:], "committed_at", "reverted_at"]
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("content", "errors")


@admin.register(Transaction)
class TransactionAdmin(LedgerAdmin):
    """When, whose and what kind of row. Amounts and texts are not for browsing, so a row has no page."""

    list_display_links = None
    list_display = ("id", "user_id", "transaction_date", "account_id", "subcategory_id", "is_transfer")
    search_fields = ("user__username__exact", "user__email__exact")
    ordering = ("-id",)
    list_per_page = 50
    paginator = EstimatedPaginator

    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise PermissionDenied

    def history_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        raise PermissionDenied

    @admin.display(boolean=True, description="transfer")
    def is_transfer(self, row: Transaction) -> bool:
        return row.transfer_id is not None
