"""Where a user's money sits."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Now

from accounts.models.querysets import AccountQuerySet
from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, owner_key


def money_field(**options: Any) -> "models.DecimalField[Decimal | int | Combinable, Decimal]":
    """NUMERIC(12, 2): every amount of money in the system, up to 9,999,999,999.99."""
    return models.DecimalField(max_digits=12, decimal_places=2, **options)


class Account(models.Model):
    """A place where money sits ("account"; a handful a user; balances kept by triggers on the ledger).

    Its anchor is a fact: at the end of ``anchored_on`` the bank said ``anchor_balance``. Transactions after that
    day move ``current_balance``; those up to it explain the past and move ``opening_balance``, what was there
    before the first of them. Both are derived and written by the database in the same transaction as the ledger:
    current = anchor + what came after it, opening = anchor - what came up to it.

    Closing an account hides it and ends its part in the net worth on ``closed_on``. ``reconciled_to`` is the day of
    the latest balance check that was agreed, written with it. ``import_key`` goes into the fingerprints of imported
    transactions; it goes along into an export, so that their files are known again wherever it is restored.
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
    anchored_on = models.DateField("on")
    anchor_balance = money_field(verbose_name="balance", default=0)
    opening_balance = money_field(default=0, editable=False)
    current_balance = money_field(default=0, editable=False)
    reconciled_to = models.DateField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    closed_on = models.DateField(null=True, editable=False)
    import_key = models.CharField(max_length=36, db_default=Cast(RandomUUID(), models.CharField()), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        public="name account_type bank_name anchored_on is_active closed_on created_at",
        private="number_last4 anchor_balance import_key",
        derived="opening_balance current_balance reconciled_to",
    )

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "account"
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            Index(
                fields=["user", "is_active"],
                condition=Q(is_active=True),
                name="idx_account_user_active",
                reason="The account picker, the accounts page and net worth: open accounts of one person.",
            ),
        ]
        constraints: ClassVar = [
            owner_key("account", "accounts"),
            models.CheckConstraint(condition=~Q(name=""), name="account_name_given"),
            models.CheckConstraint(
                condition=Q(is_active=True, closed_on__isnull=True) | Q(is_active=False, closed_on__isnull=False),
                name="account_closed_on_a_day",
            ),
            models.CheckConstraint(condition=Q(number_last4__regex=r"^[0-9]{0,4}$"), name="account_number_last4"),
            models.CheckConstraint(
                condition=Q(account_type__in=["checking", "savings", "credit", "investment", "cash", "other"]),
                name="account_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
