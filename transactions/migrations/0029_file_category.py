"""What files call a category, and which subcategory that is."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0028_undo_of_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="FileCategory",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "subcategory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
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
                "db_table": "file_category",
                "indexes": [
                    wealthwise.postgres.indexes.Index(
                        condition=models.Q(subcategory__isnull=False),
                        fields=["user", "subcategory"],
                        name="idx_file_category_subcategory",
                    ),
                ],
                "verbose_name_plural": "file categories",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="uq_file_category_user_name"),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "subcategory"),
                        name="file_category_subcategory_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.Subcategory",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(condition=~models.Q(name=""), name="file_category_name_given"),
                ],
            },
        ),
    ]
