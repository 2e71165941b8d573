"""The console's own tables, and sign-in data of users that the libraries would show with its secrets."""

from typing import Any, ClassVar

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401  they register first, then ours replace theirs
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import ApiToken
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.console.screens.owned import OwnedAdmin
from wealthwise.console.screens.readonly import ReadOnlyAdmin, is_id, people_called
from wealthwise.core.columns import Columns
from wealthwise.operations.models import RegularRun

for model in (EmailAddress, Authenticator, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(EmailAddress)
class EmailAddressAdmin(OwnedAdmin):
    columns = Columns(internal="email verified primary")
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)


@admin.register(Authenticator)
class AuthenticatorAdmin(OwnedAdmin):
    """Which second factors a user has, without what makes them work."""

    columns = Columns(internal="type created_at last_used_at", withheld="data")
    list_display = ("id", "user", "type", "created_at", "last_used_at")
    list_filter = ("type",)


@admin.register(ApiToken)
class ApiTokenAdmin(OwnedAdmin):
    """Which tokens a user gave to programs; what lets them in is not kept."""

    list_display = ("id", "user", "name", "scope", "expires_at", "last_used_at")
    list_filter = ("scope",)


@admin.register(UserSession)
class UserSessionAdmin(OwnedAdmin):
    """Where a user is signed in; the key of a session would be the session itself."""

    columns = Columns(internal="ip user_agent created_at last_seen_at", withheld="session_key data")
    list_display = ("id", "user", "ip", "created_at", "last_seen_at")


@admin.register(ConsoleLog)
class ConsoleLogAdmin(ReadOnlyAdmin):
    """Append-only by a trigger. Days come from idx_console_log_at, a user from idx_console_log_person."""

    list_display = ("at", "actor", "action", "target", "person_uuid", "reason")
    date_hierarchy = "at"
    search_fields = ("person_uuid",)
    search_help_text = "The email address, username or UUID of a person, or an entry's id."
    sortable_by: ClassVar[tuple[str, ...]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsoleLog], search_term: str
    ) -> tuple[QuerySet[ConsoleLog], bool]:
        """An erased user is found by the UUID only: nothing else of them is left."""
        from uuid import UUID

        from accounts.models import User

        term = search_term.strip()
        if not term:
            return queryset, False
        if is_id(term):
            return queryset.filter(pk=int(term)), False
        try:
            return queryset.filter(person_uuid=UUID(term)), False
        except ValueError:
            found = User.objects.filter(pk__in=people_called(term)).values("uuid")
            return queryset.filter(person_uuid__in=found), False


@admin.register(ConsoleJob)
class ConsoleJobAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "target", "actor", "created_at", "finished_at", "outcome")
    list_filter = ("kind", "outcome")
    sortable_by: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        from wealthwise.console.jobs import runner

        runner.close_lost()
        return super().get_queryset(request)


@admin.register(RegularRun)
class RegularRunAdmin(ReadOnlyAdmin):
    """What the scheduler does and when; the few rows in their order of time."""

    list_display = ("name", "started_at", "finished_at", "outcome", "next_at")
    ordering = ("next_at",)
    sortable_by: ClassVar[tuple[str, ...]] = ()
