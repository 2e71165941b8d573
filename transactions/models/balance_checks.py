"""What a bank said that an account held, against the ledger."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Account, User, money_field
from transactions.models.imports import ImportBatch
from transactions.models.querysets import BalanceCheckQuerySet
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint


class BalanceCheck(models.Model):
    """That a bank said ``stated`` at the end of ``day`` ("balance_check"; a few a month per account).

    ``ledger`` is what the ledger had then, before anything was done about it. ``import_batch`` is the file that said
    it, null where the user typed it. The latest agreed one of an account is its ``reconciled_to``.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "Differs"
        EQUAL = "equal", "Agreed"
        ANCHOR = "anchor", "Agreed, anchor moved"
        CORRECTION = "correction", "Agreed, corrected"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    day = models.DateField()
    stated = money_field()
    ledger = money_field()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    import_batch = models.ForeignKey(
        ImportBatch, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    checked_at = models.DateTimeField(db_default=Now())

    columns = Columns(public="account day outcome import_batch checked_at", private="stated ledger")

    objects = BalanceCheckQuerySet.as_manager()

    class Meta:
        db_table = "balance_check"
        ordering: ClassVar = ["-day", "-id"]
        indexes: ClassVar = [
            Index(
                fields=["user", "import_batch"],
                condition=Q(import_batch__isnull=False),
                name="idx_balance_check_import_batch",
                reason="The checks that a file made; an import is discarded.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "account", "day", "import_batch"],
                nulls_distinct=False,
                name="uq_balance_check_day",
                reason="A day is checked once by hand and once by each file; the checks of an account.",
            ),
            OwnedForeignKey(
                name="balance_check_account_owner_fk",
                fields=["user", "account"],
                to="accounts.Account",
                on_delete="CASCADE",
            ),
            OwnedForeignKey(
                name="balance_check_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
                on_delete="CASCADE",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["open", "equal", "anchor", "correction"]), name="balance_check_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Balance check {self.pk}"  # never its amount: the console shows this to staff

    @property
    def is_agreed(self) -> bool:
        return self.outcome != self.Outcome.OPEN

    @property
    def difference(self) -> Decimal:
        """What the bank had more than the ledger then."""
        return self.stated - self.ledger
