"""What the last bulk change of a person replaced, one row per person."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0007_phase3_statement_statistics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkAction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recategorise", "Moved to a subcategory"),
                            ("move", "Moved to an account"),
                            ("delete", "Deleted"),
                        ],
                        max_length=12,
                    ),
                ),
                ("target_id", models.IntegerField(null=True)),
                ("sentence", models.CharField(blank=True, max_length=400)),
                ("row_count", models.PositiveIntegerField()),
                ("rows", models.JSONField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("undone_at", models.DateTimeField(editable=False, null=True)),
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
                "db_table": "bulk_action",
                "constraints": [
                    models.UniqueConstraint(fields=("user",), name="uq_bulk_action_user"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["recategorise", "move", "delete"])),
                        name="bulk_action_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "delete"), ("target_id__isnull", True)),
                            models.Q(models.Q(("kind", "delete"), _negated=True), ("target_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="bulk_action_target_fits_kind",
                    ),
                ],
            },
        ),
    ]
