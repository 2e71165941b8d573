"""Rules by which transactions are filed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0005_reconciled_to"),
        ("transactions", "0025_import_profile_filled"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("position", models.PositiveIntegerField()),
                (
                    "how",
                    models.CharField(
                        choices=[("contains", "contains"), ("equals", "is exactly"), ("pattern", "is like")],
                        default="contains",
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=100)),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[("", "In or out"), ("out", "Money out"), ("in", "Money in")],
                        default="",
                        max_length=3,
                    ),
                ),
                ("amount_from", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("amount_to", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.subcategory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "rule",
                "indexes": [
                    wealthwise.postgres.indexes.Index(fields=["user", "subcategory"], name="idx_rule_subcategory"),
                    wealthwise.postgres.indexes.Index(
                        condition=Q(account__isnull=False), fields=["user", "account"], name="idx_rule_account"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=models.Deferrable.DEFERRED,
                        fields=("user", "position"),
                        name="uq_rule_user_position",
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "account"),
                        name="rule_account_owner_fk",
                        on_delete="NO ACTION",
                        to="accounts.Account",
                        to_fields=("user", "id"),
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "subcategory"),
                        name="rule_subcategory_owner_fk",
                        on_delete="NO ACTION",
                        to="transactions.Subcategory",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(
                        condition=Q(how__in=["contains", "equals", "pattern"]), name="rule_how_known"
                    ),
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
                        & (
                            Q(amount_from__isnull=True)
                            | Q(amount_to__isnull=True)
                            | Q(amount_from__lte=F("amount_to"))
                        ),
                        name="rule_amounts_in_order",
                    ),
                    models.CheckConstraint(
                        condition=~Q(how="pattern") | Q(text__regex=r"^[^*]*([*][^*]*){0,5}$"),
                        name="rule_pattern_bounded",
                    ),
                ],
            },
        ),
    ]
