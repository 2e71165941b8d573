"""People and their accounts in the console. Nothing here shows a password or a token."""

from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailConfirmation
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Account, EmailVerification, PasswordResetToken, User
from wealthwise.ops.readonly import ReadOnlyAdmin

if admin.site.is_registered(EmailConfirmation):
    admin.site.unregister(EmailConfirmation)  # ours is EmailVerification


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):
    """People. Adding is sign-up's business and deleting erase_user's."""

    list_display = ("username", "email", "called", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff", "onboarding_step")
    search_fields = ("email__exact", "username__exact")
    search_help_text = "A whole email address, username or UUID."
    show_full_result_count = False
    ordering = ("-id",)
    readonly_fields = (
        "uuid", "username", "email", "last_login", "created_at", "onboarded_at",
        "terms_version", "terms_accepted_at",
    )  # fmt: skip
    fieldsets: ClassVar = [
        (None, {"fields": ["uuid", "username", "email", "first_name", "last_name", "preferred_name"]}),
        ("Place", {"fields": ["country", "currency", "time_zone", "theme"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
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
    filter_horizontal = ("groups", "user_permissions")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Whole names only, in lower case: each is one probe of a unique index."""
        try:
            return queryset.filter(uuid=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term.strip().lower())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rights are given by superusers only, or staff would make themselves superusers."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "name", "account_type", "is_active", "created_at")
    list_filter = ("account_type", "is_active")
    list_select_related = ("user",)
    search_fields = ("user__email__exact", "user__username__exact")
    show_full_result_count = False
    exclude = ("opening_balance", "current_balance", "number_last4")
    ordering = ("-id",)


@admin.register(EmailVerification)
class EmailVerificationAdmin(ReadOnlyAdmin):
    list_display = ("user", "email", "created_at", "expires_at", "verified_at")
    list_select_related = ("user",)
    search_fields = ("email__exact", "user__username__exact")
    show_full_result_count = False
    exclude = ("token_hash",)
    ordering = ("-id",)


@admin.register(PasswordResetToken)
class PasswordResetTokenAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at", "expires_at", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__email__exact", "user__username__exact")
    show_full_result_count = False
    exclude = ("token_hash",)
    ordering = ("-id",)
