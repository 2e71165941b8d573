"""Imported rows that were deleted on purpose, so that the next file leaves them out."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0019_balance_check"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletedImport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("fingerprint", models.UUIDField()),
                ("occurrence", models.PositiveSmallIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
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
                "db_table": "deleted_import",
                "indexes": [
                    wealthwise.postgres.indexes.Index(fields=["user", "import_batch"], name="idx_deleted_import_batch")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "fingerprint", "occurrence"), name="uq_deleted_import_identity"
                    ),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "import_batch"),
                        name="deleted_import_import_batch_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.ImportBatch",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("occurrence__gte", 1)), name="deleted_import_occurrence_counts_from_one"
                    ),
                ],
            },
        ),
    ]
