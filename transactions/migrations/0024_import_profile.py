"""How CSV files that look the same were read, by their headings."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0023_import_edit"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportProfile",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("names", models.JSONField(default=list)),
                (
                    "look",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.MD5(
                            django.db.models.functions.comparison.Cast("names", models.TextField())
                        ),
                        output_field=models.CharField(max_length=32),
                    ),
                ),
                ("layout", models.JSONField(default=dict)),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                "db_table": "import_profile",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "account", "look"), name="uq_import_profile_look"),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "account"),
                        name="import_profile_account_owner_fk",
                        on_delete="CASCADE",
                        to="accounts.Account",
                        to_fields=("user", "id"),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="import_profile_name_given"
                    ),
                ],
            },
        ),
    ]
