"""Who users are."""

import re
import uuid as uuid_module
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.models.cached_user import SETTINGS
from wealthwise.core.caching import erased
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint, unique

USERNAME_PATTERN = r"^[A-Za-z0-9_]{3,20}$"


class PeopleManager(UserManager["User"]):
    """Looks users up case-insensitively: username and email are stored in lower case."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=(username or "").lower())

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    @transaction.atomic
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> "User":
        """Who makes one runs the site, so the address counts as verified: nobody could be there yet to mail a link."""
        from allauth.account.models import EmailAddress

        user = super().create_superuser(username.lower(), email, password, **more)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """One user ("user"; 100,000 and more rows; written by sign-up, settings and the console).

    ``id`` joins tables; ``uuid`` is the only identifier of a user that leaves the system.
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
    uuid = unique(
        models.UUIDField(default=uuid_module.uuid4, unique=True, editable=False), "A person by the public identifier."
    )
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
    idle_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    session_days = models.PositiveSmallIntegerField(null=True, blank=True)
    generation = models.BigIntegerField(db_default=0, editable=False)  # a trigger adds one with each change of the row

    columns = Columns(
        public="username email first_name last_name preferred_name country currency time_zone theme",
        internal="uuid is_active is_staff is_superuser last_login onboarding_step onboarded_at terms_version "
        "terms_accepted_at created_at generation idle_minutes session_days",
        withheld="password",
    )

    objects: ClassVar[PeopleManager] = PeopleManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        db_table = "user"
        indexes: ClassVar = [
            Index(
                fields=["password"],
                condition=Q(password__regex="^flask[$]"),  # noqa: S106  the name of an algorithm
                name="idx_user_legacy_password",
                reason="Which digests of the old application people still have; empty once all have signed in.",
            )
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["username"],
                name="idx_user_username",
                reason="Sign-in by name; lower case is enforced, so uniqueness ignores case.",
                violation_error_message="That username is taken.",
            ),
            UniqueConstraint(
                fields=["email"],
                name="idx_user_email",
                reason="Sign-in by address; lower case is enforced, so uniqueness ignores case.",
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
        """Whoever saves a user, allauth among them, ends what is cached of them."""
        super().save(*args, **options)
        SETTINGS.changed(self.pk)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        gone = self.pk
        deleted = super().delete(*args, **options)
        erased(gone)
        return deleted

    def get_session_auth_hash(self) -> str:
        """The digest that proves a session; a user from the cache has it without the password."""
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
