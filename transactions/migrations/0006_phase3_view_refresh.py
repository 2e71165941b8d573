"""Phase 3: each refresh of the materialized view leaves a record."""

import django.db.models.functions.datetime
from django.db import migrations, models

import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0005_phase3_spending_view"),
    ]

    operations = [
        migrations.CreateModel(
            name="ViewRefresh",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("view_name", models.CharField(max_length=63)),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("row_count", models.BigIntegerField(null=True)),
                ("checksum", models.DecimalField(decimal_places=0, max_digits=40, null=True)),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "db_table": "view_refresh",
                "indexes": [
                    wealthwise.postgres.indexes.Index(fields=["view_name", "-id"], name="idx_view_refresh_latest")
                ],
            },
        ),
    ]
