"""The ledger and its categories in the console. Nothing here counts the ledger's rows or changes them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from transactions.models import (
    BalanceCheck,
    Category,
    FileCategory,
    ImportBatch,
    Rule,
    SpendingSummary,
    Subcategory,
    Tag,
    Transaction,
    ViewRefresh,
)
from wealthwise.console.screens.owned import KeysetChangeList, OwnedAdmin
from wealthwise.console.screens.readonly import ReadOnlyAdmin, counted


@admin.register(Category)
class CategoryAdmin(OwnedAdmin):
    list_display = ("id", "name", "kind", "user", "subcategories_count", "is_template", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """With the number of subcategories, counted by idx_subcategory_category_id for the rows of the page."""
        rows: QuerySet[Category] = super().get_queryset(request)
        return rows.annotate(subcategory_count=counted(Subcategory, "category_id"))

    @admin.display(description="subcategories")
    def subcategories_count(self, row: Any) -> int:
        return int(row.subcategory_count)


@admin.register(Subcategory)
class SubcategoryAdmin(OwnedAdmin):
    list_display = ("id", "name", "category", "user", "created_at")
    list_select_related = ("user", "category")


@admin.register(Rule)
class RuleAdmin(OwnedAdmin):
    list_display = ("id", "user", "position", "how", "text", "direction", "account_id", "subcategory", "created_at")
    list_filter = ("how", "direction")
    list_select_related = ("user", "subcategory")


@admin.register(Tag)
class TagAdmin(OwnedAdmin):
    list_display = ("id", "user", "name", "created_at")


@admin.register(FileCategory)
class FileCategoryAdmin(OwnedAdmin):
    list_display = ("id", "user", "name", "subcategory", "created_at")
    list_select_related = ("user", "subcategory")


@admin.register(ImportBatch)
class ImportBatchAdmin(OwnedAdmin):
    """Without what was in the file and without its errors, which quote it."""

    list_display = ("id", "user", "kind", "state", "new_count", "duplicate_count", "error_count", "created_at")
    list_filter = ("state",)
    exclude = ("account", "file_name", "layout", "errors")


@admin.register(BalanceCheck)
class BalanceCheckAdmin(OwnedAdmin):
    list_display = ("id", "user", "account_id", "day", "outcome", "stated", "ledger", "checked_at")
    list_filter = ("outcome",)
    exclude = ("import_batch",)


@admin.register(Transaction)
class TransactionAdmin(OwnedAdmin):
    """When, whose and what kind of row; amounts and texts with a reason only. Whatever the size, a page is a page."""

    list_display = (
        "id", "user", "booked_on", "transaction_date", "amount", "description", "account_id", "subcategory_id",
        "is_transfer",
    )  # fmt: skip
    exclude = ("fingerprint", "occurrence")
    change_list_template = "ops/ledger_list.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    @admin.display(boolean=True, description="transfer")
    def is_transfer(self, row: Transaction) -> bool:
        return row.transfer_id is not None


@admin.register(SpendingSummary)
class SpendingSummaryAdmin(OwnedAdmin):
    """What the triggers keep beside the ledger, by user and month."""

    list_display = ("id", "user", "month", "subcategory_id", "transaction_count", "spent", "received")


@admin.register(ViewRefresh)
class ViewRefreshAdmin(ReadOnlyAdmin):
    list_display = ("id", "view_name", "started_at", "finished_at", "row_count", "error")
    sortable_by: ClassVar[tuple[str, ...]] = ()
