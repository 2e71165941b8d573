"""What long files were read as."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0030_job"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportReading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                (
                    "import_batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
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
                "db_table": "import_reading",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "import_batch"), name="uq_import_reading_batch"),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "import_batch"),
                        name="import_reading_import_batch_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.ImportBatch",
                        to_fields=("user", "id"),
                    ),
                ],
            },
        ),
    ]
