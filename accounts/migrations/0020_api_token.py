"""Tokens with which a person's own programs come in."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_import_key_filled")]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "Read"), ("write", "Read and write")], default="read", max_length=5
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
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
                "db_table": "api_token",
                "indexes": [wealthwise.postgres.indexes.Index(fields=["user"], name="idx_api_token_user")],
                "constraints": [
                    models.UniqueConstraint(fields=("token_hash",), name="uq_api_token_hash"),
                    models.CheckConstraint(condition=~models.Q(name=""), name="api_token_name_given"),
                    models.CheckConstraint(
                        condition=models.Q(scope__in=["read", "write"]), name="api_token_scope_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(expires_at__gt=models.F("created_at")), name="api_token_expires"
                    ),
                ],
            },
        ),
    ]
