"""Rules by which transactions are filed without being asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Account, User, money_field
from accounts.models.querysets import OwnedQuerySet
from transactions.models.categories import Subcategory
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint


class RuleQuerySet(OwnedQuerySet["Rule"]):
    def in_order(self) -> "RuleQuerySet":
        """As they are tried; by uq_rule_user_position."""
        return self.order_by("position")

    def of_amounts(self) -> "RuleQuerySet":
        """Those that look at the size of an amount; by uq_rule_user_position."""
        return self.exclude(amount_from=None, amount_to=None)


class Rule(models.Model):
    """Where transactions of some kind always belong ("rule"; at most 200 a user; written by transactions.rules).

    A transaction is filed by the first rule, by ``position``, whose conditions all hold. ``text`` is compared whatever
    the case: it is in the description, is the description, or is a pattern of it in which * stands for anything and ?
    for one character. Amounts are above zero, and both ends are included; an empty condition holds always.
    """

    class How(models.TextChoices):
        CONTAINS = "contains", "contains"
        EQUALS = "equals", "is exactly"
        PATTERN = "pattern", "is like"

    class Direction(models.TextChoices):
        EITHER = "", "In or out"
        OUT = "out", "Money out"
        IN = "in", "Money in"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    position = models.PositiveIntegerField()
    how = models.CharField(max_length=8, choices=How, default=How.CONTAINS)
    text = models.CharField(max_length=100, blank=True)
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.EITHER, blank=True)
    amount_from = money_field(null=True, blank=True)
    amount_to = money_field(null=True, blank=True)
    account = models.ForeignKey(
        Account, models.DO_NOTHING, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(
        public="position how direction account subcategory created_at", private="text amount_from amount_to"
    )

    objects = RuleQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "rule"
        indexes: ClassVar = [
            Index(
                fields=["user", "subcategory"],
                name="idx_rule_subcategory",
                reason="The rules of a subcategory that is deleted or merged.",
            ),
            Index(
                fields=["user", "account"],
                condition=Q(account__isnull=False),
                name="idx_rule_account",
                reason="An account is deleted.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="uq_rule_user_position",
                reason="Which rule comes first; all rules of a person in their order.",
            ),
            OwnedForeignKey(name="rule_account_owner_fk", fields=["user", "account"], to="accounts.Account"),
            OwnedForeignKey(
                name="rule_subcategory_owner_fk", fields=["user", "subcategory"], to="transactions.Subcategory"
            ),
            models.CheckConstraint(condition=Q(how__in=["contains", "equals", "pattern"]), name="rule_how_known"),
            models.CheckConstraint(condition=Q(direction__in=["", "in", "out"]), name="rule_direction_known"),
            models.CheckConstraint(
                condition=~Q(text="")
                | Q(amount_from__isnull=False)
                | Q(amount_to__isnull=False)
                | Q(account__isnull=False),
                name="rule_has_condition",
            ),
            models.CheckConstraint(
                condition=(Q(amount_from__isnull=True) | Q(amount_from__gt=0))
                & (Q(amount_to__isnull=True) | Q(amount_to__gt=0))
                & (Q(amount_from__isnull=True) | Q(amount_to__isnull=True) | Q(amount_from__lte=F("amount_to"))),
                name="rule_amounts_in_order",
            ),
            # Each * may stand at every place of a description: so many can be tried for every row.
            models.CheckConstraint(
                condition=~Q(how="pattern") | Q(text__regex=r"^[^*]*([*][^*]*){0,5}$"), name="rule_pattern_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"Rule {self.pk}"  # never its text: the console shows this to staff

    def get_absolute_url(self) -> str:
        return reverse("transactions:rule_edit", args=[self.pk])
