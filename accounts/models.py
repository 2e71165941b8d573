"""Who people are and where their money sits."""

import re
import uuid as uuid_module
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from accounts.person import SETTINGS
from accounts.querysets import AccountQuerySet
from wealthwise.postgres.indexes import Index

USERNAME_PATTERN = r"^[A-Za-z0-9_]{3,20}$"


def money_field(**options: Any) -> models.DecimalField:
    """NUMERIC(12, 2): every amount of money in the system, up to 9,999,999,999.99."""
    return models.DecimalField(max_digits=12, decimal_places=2, **options)


class PeopleManager(UserManager["User"]):
    """Looks people up case-insensitively: username and email are stored in lower case."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=(username or "").lower())

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """One person ("user"; 100,000 and more rows; written by sign-up, settings and the console).

    ``id`` joins tables; ``uuid`` is the only identifier of a person that leaves the system.
    """

    class Theme(models.TextChoices):
        SYSTEM = "system", "Same as the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class OnboardingStep(models.IntegerChoices):
        ABOUT_YOU = 1
        ACCOUNTS = 2
        CATEGORIES = 3
        FIRST_PERIOD = 4
        DONE = 5

    id = models.AutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False)
    username = models.CharField(max_length=20, validators=[RegexValidator(USERNAME_PATTERN)])
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    preferred_name = models.CharField(max_length=150, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    onboarding_step = models.PositiveSmallIntegerField(choices=OnboardingStep, default=OnboardingStep.ABOUT_YOU)
    onboarded_at = models.DateTimeField(null=True, blank=True)
    terms_version = models.CharField(max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[PeopleManager] = PeopleManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        db_table = "user"
        constraints: ClassVar = [
            # Sign-in by either name; lower case is enforced below, so uniqueness ignores case.
            models.UniqueConstraint(
                fields=["username"],
                name="idx_user_username",
                violation_error_message="That username is taken.",
            ),
            models.UniqueConstraint(
                fields=["email"],
                name="idx_user_email",
                violation_error_message="That email address is in use.",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(username__regex=r"^[a-z0-9_]{3,20}$"), name="user_username_shape"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="user_currency_code"),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="user_country_code"
            ),
            models.CheckConstraint(condition=Q(theme__in=["system", "light", "dark"]), name="user_theme_known"),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **options: Any) -> None:
        """Whoever saves a person, allauth among them, ends what is cached of them."""
        super().save(*args, **options)
        SETTINGS.changed(self.pk)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        gone = self.pk
        deleted = super().delete(*args, **options)
        SETTINGS.changed(gone)
        return deleted

    def get_session_auth_hash(self) -> str:
        """The digest that proves a session; a person from the cache has it without the password."""
        known = None if "password" in self.__dict__ else self.__dict__.get("session_digest")
        return known or super().get_session_auth_hash()

    def clean(self) -> None:
        super().clean()
        self.email = PeopleManager.normalize_email(self.email)
        self.username = self.username.lower()

    @property
    def called(self) -> str:
        """What the pages call this person."""
        return self.preferred_name or self.first_name or self.username

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username

    def get_short_name(self) -> str:
        return self.called


def username_base(email: str) -> str:
    """The part of an email address that can begin a username, padded to three characters."""
    base = re.sub(r"[^a-z0-9_]", "", email.split("@", maxsplit=1)[0].lower())[:14]
    return base if len(base) >= 3 else (base + "user")[:14]


class EmailVerification(models.Model):
    """A mailed proof of address ("email_verification"; one open row a user; written by sign-up and resend).

    Only the SHA-256 of the token is stored; a token lives 24 hours and is used once.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="email_verifications")
    email = models.EmailField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "email_verification"
        indexes: ClassVar = [Index(fields=["user"], name="idx_email_verification_user_id")]
        constraints: ClassVar = [
            # Two sign-up mails at once cannot leave two usable links.
            models.UniqueConstraint(
                fields=["user"], condition=Q(verified_at=None), name="email_verification_one_open"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="email_verification_expires"),
        ]

    def __str__(self) -> str:
        return f"Verification of {self.email}"


class PasswordResetToken(models.Model):
    """A mailed way back in ("password_reset_token"; one open row a user; written by the reset request).

    Only the SHA-256 of the token is stored; a token lives one hour and is used once.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="password_reset_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "password_reset_token"
        indexes: ClassVar = [Index(fields=["user"], name="idx_password_reset_user_id")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(used_at=None), name="password_reset_one_open"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="password_reset_expires"),
        ]

    def __str__(self) -> str:
        return f"Password reset for user {self.user_id}"


class Account(models.Model):
    """A place where money sits ("account"; a handful a user; balances kept by triggers on the ledger).

    ``current_balance`` = ``opening_balance`` + the sum of the account's transactions, updated by the
    database in the same transaction as they change. Closing an account only hides it.
    """

    class Type(models.TextChoices):
        CHECKING = "checking", "Checking"
        SAVINGS = "savings", "Savings"
        CREDIT = "credit", "Credit card"
        INVESTMENT = "investment", "Investment"
        CASH = "cash", "Cash"
        OTHER = "other", "Other"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="accounts")
    name = models.CharField(max_length=100)
    account_type = models.CharField("type", max_length=10, choices=Type, default=Type.CHECKING)
    bank_name = models.CharField("bank", max_length=100, blank=True)
    number_last4 = models.CharField("last four digits", max_length=4, blank=True)
    opening_balance = money_field(default=0)
    current_balance = money_field(default=0, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "account"
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            # The account picker, the accounts page and net worth: open accounts of one person.
            Index(fields=["user", "is_active"], condition=Q(is_active=True), name="idx_account_user_active"),
        ]
        constraints: ClassVar = [
            # Target of the owner-carrying keys; its prefix finds all accounts of a user.
            models.UniqueConstraint(fields=["user", "id"], name="account_owner_key"),
            models.CheckConstraint(condition=~Q(name=""), name="account_name_given"),
            models.CheckConstraint(condition=Q(number_last4__regex=r"^[0-9]{0,4}$"), name="account_number_last4"),
            models.CheckConstraint(
                condition=Q(account_type__in=["checking", "savings", "credit", "investment", "cash", "other"]),
                name="account_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
