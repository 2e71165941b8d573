"""What a person decided about the rows of a file that waits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes


def owned(to: str, **options: object) -> models.ForeignKey:  # type: ignore[type-arg]  # historical
    """A foreign key that the constraint with the owner stands for."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0022_balance_check_import"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportEdit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("fingerprint", models.UUIDField()),
                ("occurrence", models.PositiveSmallIntegerField()),
                ("is_taken", models.BooleanField(null=True)),
                ("is_filed", models.BooleanField(default=False)),
                ("booked_on", models.DateField(null=True)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("account", owned("accounts.account", null=True)),
                ("import_batch", owned("transactions.importbatch")),
                ("subcategory", owned("transactions.subcategory", null=True)),
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
                "db_table": "import_edit",
                "indexes": [
                    wealthwise.postgres.indexes.Index(
                        condition=models.Q(("subcategory__isnull", False)),
                        fields=["user", "subcategory"],
                        name="idx_import_edit_subcategory",
                    ),
                    wealthwise.postgres.indexes.Index(
                        condition=models.Q(("account__isnull", False)),
                        fields=["user", "account"],
                        name="idx_import_edit_account",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "import_batch", "fingerprint", "occurrence"), name="uq_import_edit_row"
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "import_batch"),
                        name="import_edit_import_batch_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.ImportBatch",
                        to_fields=("user", "id"),
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "subcategory"),
                        name="import_edit_subcategory_owner_fk",
                        on_delete="SET NULL",
                        to="transactions.Subcategory",
                        to_fields=("user", "id"),
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "account"),
                        name="import_edit_account_owner_fk",
                        on_delete="SET NULL",
                        to="accounts.Account",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("occurrence__gte", 1)), name="import_edit_occurrence_counts_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subcategory__isnull", True), ("is_filed", True), _connector="OR"),
                        name="import_edit_subcategory_is_chosen",
                    ),
                ],
            },
        ),
        # Last, since it locks the table against writers, who lock it after the tables above.
        migrations.AddField("importbatch", "left_out_count", models.PositiveIntegerField(db_default=0, default=0)),
    ]
