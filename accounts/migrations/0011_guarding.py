"""Tries are counted in the database, and devices that a person signed in with are known."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_session_limits")]

    operations = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64)),
                ("tries", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "rate_limit",
                "indexes": [wealthwise.postgres.indexes.Index(fields=["expires_at"], name="idx_rate_limit_expires")],
                "constraints": [models.UniqueConstraint(fields=("key",), name="uq_rate_limit_key")],
            },
        ),
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_hash", models.CharField(max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "seen_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
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
                "db_table": "known_device",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "token_hash"), name="uq_known_device_token"),
                ],
            },
        ),
    ]
