"""What a bank said that an account held on a day, against the ledger."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_reconciled_to"),
        ("transactions", "0018_statement_balances"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BalanceCheck",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("stated", models.DecimalField(decimal_places=2, max_digits=12)),
                ("ledger", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "Differs"),
                            ("equal", "Agreed"),
                            ("anchor", "Agreed, anchor moved"),
                            ("correction", "Agreed, corrected"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("checked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "import_batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.importbatch",
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
                "db_table": "balance_check",
                "ordering": ["-day", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "account", "day", "import_batch"),
                        name="uq_balance_check_day",
                        nulls_distinct=False,
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "account"),
                        name="balance_check_account_owner_fk",
                        on_delete="CASCADE",
                        to="accounts.Account",
                        to_fields=("user", "id"),
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "import_batch"),
                        name="balance_check_import_batch_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.ImportBatch",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["open", "equal", "anchor", "correction"])),
                        name="balance_check_outcome_known",
                    ),
                ],
            },
        ),
    ]
