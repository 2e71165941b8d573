"""Users and their accounts in the console. Nothing here shows a password or a token."""

from typing import Any, ClassVar, override

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import Account, EmailVerification, PasswordResetToken, User
from wealthwise.console.access import audit
from wealthwise.console.access.guards import actor_of
from wealthwise.console.people.menu import permitted, person_actions
from wealthwise.console.screens.owned import OwnedAdmin
from wealthwise.console.screens.readonly import ClosedLookups, EstimatedPaginator, counted, is_id, people_called

# What else the console knows of a user, each found by the username.
SCREENS = {
    "Accounts": "accounts_account",
    "Transactions": "transactions_transaction",
    "Categories": "transactions_category",
    "Imports": "transactions_importbatch",
    "Periods": "budgets_budgetperiod",
    "Sessions": "usersessions_usersession",
}
RIGHTS = ("is_staff", "is_superuser", "groups")


def _logged(name: str, value: Any) -> str:
    """What the log keeps of a field: names of users have no place in what outlives them."""
    return "not kept" if name.endswith("_name") else str(value)


@admin.register(User)
class PersonAdmin(ClosedLookups, admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Users. Adding is sign-up's business, deleting and suspending that of the actions, which are logged."""

    list_display = (
        "username", "email", "called", "is_active", "verified", "accounts_count", "sessions_count", "is_staff",
        "last_login", "created_at",
    )  # fmt: skip
    list_filter = ("is_active", "is_staff", "onboarding_step")
    search_fields = ("email__exact", "username__exact")
    search_help_text = "A whole email address, username or UUID, or an id."
    show_full_result_count = False
    paginator = EstimatedPaginator
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    sortable_by: ClassVar[tuple[str, ...]] = ()
    ordering = ("-id",)
    autocomplete_fields = ("groups",)
    actions = person_actions()
    readonly_fields = (
        "uuid", "username", "email", "is_active", "last_login", "created_at", "onboarded_at",
        "terms_version", "terms_accepted_at", "screens",
    )  # fmt: skip
    fieldsets: ClassVar = [
        (None, {"fields": ["uuid", "username", "email", "first_name", "last_name", "preferred_name", "screens"]}),
        ("Place", {"fields": ["country", "currency", "time_zone", "theme"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (
            "History",
            {
                "fields": [
                    "created_at", "last_login", "onboarding_step", "onboarded_at",
                    "terms_version", "terms_accepted_at",
                ]
            },
        ),
    ]  # fmt: skip

    class Media:
        js = ("ops/labels.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        verified = EmailAddress.objects.filter(user_id=OuterRef("pk"), email=OuterRef("email"), verified=True)
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(
            is_verified=Exists(verified),
            account_count=counted(Account, "user_id"),
            session_count=counted(UserSession, "user_id"),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Whole names only: each is one probe of a unique index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        keys = [int(term)] if is_id(term) and len(term) < 10 else people_called(term)
        return queryset.filter(pk__in=keys), False

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        return permitted(request, super().get_actions(request, action_location=action_location))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rights are given by superusers only, or staff would make themselves superusers."""
        return (*self.readonly_fields, *(() if request.user.is_superuser else RIGHTS))

    @override
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Not into the admin's own log, which would keep the username of whoever is erased; see save_related."""

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Rights and settings that were changed stand in the console's log, with what they were."""
        person, changed = form.instance, form.changed_data
        with transaction.atomic():
            groups = sorted(person.groups.values_list("name", flat=True))
            super().save_related(request, form, formsets, change)
            if changed:
                fields = [name for name in changed if name != "groups"]
                before: dict[str, Any] = {name: _logged(name, form.initial.get(name)) for name in fields}
                after: dict[str, Any] = {name: _logged(name, getattr(person, name)) for name in fields}
                if "groups" in changed:
                    before["groups"] = groups
                    after["groups"] = sorted(person.groups.values_list("name", flat=True))
                audit.record(
                    actor=actor_of(request), action="change person", person=person, before=before, after=after
                )

    @admin.display(boolean=True, description="verified")
    def verified(self, person: Any) -> bool:
        return bool(person.is_verified)

    @admin.display(description="accounts")
    def accounts_count(self, person: Any) -> int:
        return int(person.account_count)

    @admin.display(description="sessions")
    def sessions_count(self, person: Any) -> int:
        return int(person.session_count)

    @admin.display(description="more of this person")
    def screens(self, person: User) -> SafeString:
        links = (
            (f"{reverse(f'admin:{name}_changelist')}?q={person.username}", title) for title, name in SCREENS.items()
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


@admin.register(Account)
class AccountAdmin(OwnedAdmin):
    list_display = ("id", "user", "name", "account_type", "is_active", "current_balance", "created_at")
    list_filter = ("account_type", "is_active")


@admin.register(EmailVerification)
class EmailVerificationAdmin(OwnedAdmin):
    """When a link was mailed, and whether it was used; never the link."""

    list_display = ("id", "user", "email", "created_at", "expires_at", "verified_at")


@admin.register(PasswordResetToken)
class PasswordResetTokenAdmin(OwnedAdmin):
    """When a link was mailed, and whether it was used; never the link."""

    list_display = ("id", "user", "created_at", "expires_at", "used_at")
