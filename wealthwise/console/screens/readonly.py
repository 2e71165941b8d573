"""Screens of the console that show and never change, however many rows their table has."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection, models
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.models import User
from wealthwise.operations.activity import estimated_rows

COUNTED = 2_000  # rows that are worth counting; beyond them an estimate says as much
ID_DIGITS = 18  # of a bigint


class EstimatedPaginator(Paginator):  # type: ignore[type-arg]  # takes none at runtime
    """Counts at most COUNTED rows; of a whole large table it takes the planner's estimate, of a part "2,000".

    So a list opens in the time of one page, also of a table that nobody has analyzed yet.
    """

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Any], self.object_list)
        counted = rows.order_by().values("pk")[:COUNTED].count()
        if counted < COUNTED or rows.query.where:
            return counted
        return max(counted, estimated_rows(connection, rows.model._meta.db_table))


class ClosedLookups:
    """Lists are narrowed by what they offer and by nothing else.

    The admin lets an address filter by any column of a table: ``?amount__lt=-1000`` would tell what is masked, and
    ``?password__startswith=`` a hash, letter by letter.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        offered = {"id", "pk", getattr(self, "date_hierarchy", None), *getattr(self, "list_filter", ())}
        return lookup.split("__", maxsplit=1)[0] in offered


def counted(model: type[models.Model], by: str) -> Coalesce:
    """How many rows of ``model`` name the row in their column ``by``, counted for the rows of the page only."""
    rows = model._default_manager.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


class ReadOnlyAdmin(ClosedLookups, admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Rows can be found and read; nobody adds, changes or deletes one here. Relations load for all rows at once."""

    paginator = EstimatedPaginator
    show_full_result_count = False
    list_max_show_all = 0
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # they would count whole tables
    ordering = ("-id",)
    view_on_site = False  # staff have no pages of people

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).fetch_mode(models.FETCH_PEERS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def is_id(term: str) -> bool:
    return term.isascii() and term.isdecimal() and len(term) <= ID_DIGITS


def people_called(term: str) -> list[int]:
    """The id of who has this email address, username or UUID, whole and in any case; [] when nobody has."""
    try:
        found = User.objects.filter(uuid=UUID(term))
    except ValueError:
        name = "email" if "@" in term else "username"
        found = User.objects.filter(**{name: term.lower()})
    return list(found.values_list("pk", flat=True))
