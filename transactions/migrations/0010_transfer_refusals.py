"""Pairs of rows that a person said are no transfer between their accounts."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0009_saved_filter"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferRefusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("out_id", models.BigIntegerField()),
                ("into_id", models.BigIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "db_table": "transfer_refusal",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "out_id", "into_id"), name="uq_transfer_refusal_pair")
                ],
            },
        ),
    ]
