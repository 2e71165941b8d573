"""Screens of the rows of users: each column is shown, masked or withheld as it is declared (see core/columns.py)."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from wealthwise.console.access.guards import may
from wealthwise.console.screens.readonly import ReadOnlyAdmin, is_id, people_called
from wealthwise.console.screens.unmasking import MASK, with_mask
from wealthwise.core.columns import Columns, declaration
from wealthwise.operations.activity import estimated_rows
from wealthwise.postgres import keyset


class MaskedChangeList(ChangeList):
    """Reads its rows at once, so that the page can say above them whose they are."""

    model_admin: "OwnedAdmin"

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.may_unmask = bool(self.model_admin.masked) and may(request, "unmask")

    @property
    def masked_owner(self) -> Any:
        """Whose hidden rows a search found; None for a list of everybody's."""
        row = next(iter(self.result_list), None) if self.query else None
        return row.user if row is not None and self.may_unmask and not row.is_open else None


class KeysetChangeList(MaskedChangeList):
    """Pages of the ledger: nothing is counted, and each page begins behind the last row of the one before.

    Everybody's rows come by id, newest first, from the primary keys of all partitions; one user's rows in
    the order of idx_transaction_covering, from one partition.
    """

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        found.pop("before", None)
        return found

    @property
    def of_one_person(self) -> bool:
        return bool(self.query) and not is_id(self.query.strip())

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return ["-transaction_date", "-id"] if self.of_one_person else ["-id"]

    def get_results(self, request: HttpRequest) -> None:
        found = list(self._behind(request.GET.get("before", ""))[: self.list_per_page + 1])
        rows = found[: self.list_per_page]
        self.next_cursor = self._cursor(rows[-1]) if len(found) > len(rows) else ""
        self.begins_later = "before" in request.GET
        self.estimate = 0 if self.query else estimated_rows(connection, self.opts.db_table)
        self.may_unmask = bool(self.model_admin.masked) and may(request, "unmask")
        self.result_list, self.result_count, self.full_result_count = rows, len(rows), len(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = False
        self.paginator = Paginator(rows, self.list_per_page)

    def _behind(self, cursor: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.queryset
        if self.of_one_person:
            return keyset.after(rows, cursor, timestamp_field="transaction_date")
        return rows.filter(pk__lt=int(cursor)) if is_id(cursor) else rows

    def _cursor(self, row: Any) -> str:
        return keyset.encode(row.transaction_date, row.pk) if self.of_one_person else str(row.pk)

    @property
    def next_url(self) -> str:
        return self.get_query_string({"before": self.next_cursor}) if self.next_cursor else ""

    @property
    def first_url(self) -> str:
        return self.get_query_string(remove=["before"])


class OwnedAdmin(ReadOnlyAdmin):
    """Rows of users, found by who owns them or by their own id; every search is a probe of an index.

    A masked column is shown as ``shown_<column>``, which is empty until a reason was given (see unmasking.py).
    ``exclude`` leaves out more; nothing on a screen shows more than is declared.
    """

    columns: ClassVar[Columns | None] = None  # of a library's table, which does not declare them itself
    list_select_related: ClassVar[tuple[str, ...]] = ("user",)
    search_fields = ("id__exact",)  # makes the box appear; get_search_results does the work
    search_help_text = "A whole email address, username or UUID of a person, or a row's id."
    sortable_by: ClassVar[tuple[str, ...]] = ()
    change_list_template = "ops/masked_list.html"
    change_form_template = "ops/masked_form.html"

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        declared = self.columns or declaration(model)
        if declared is None:
            raise ImproperlyConfigured(f"{type(self).__name__} needs columns: {model._meta.label} declares none.")
        excluded = frozenset(self.exclude or ())
        self.masked = declared.masked - excluded
        self.unread = declared.withheld | (declared.masked & excluded)
        self.readable = {"id", "user"} | (declared.shown - excluded)
        for name in self.masked:
            setattr(self, f"shown_{name}", _shown(name))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer(*self.unread)
        return with_mask(rows, request, self.masked) if self.masked else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MaskedChangeList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._as_shown(name) for name in self.list_display]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column that may be shown, those that are masked as what may be shown of them."""
        names = [field.name for field in self.opts.concrete_fields]
        return [self._as_shown(name) for name in names if name in self.readable | self.masked]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def _as_shown(self, name: Any) -> Any:
        return f"shown_{name}" if name in self.masked else name

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_id(term):
            return queryset.filter(pk=int(term)), False
        return queryset.filter(user_id__in=people_called(term)), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_unmask": bool(self.masked) and may(request, "unmask"), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)


def _shown(name: str) -> Callable[[Any], Any]:
    @admin.display(description=name.replace("_", " "))
    def shown(row: Any) -> Any:
        return getattr(row, name) if row.is_open else MASK

    return shown
