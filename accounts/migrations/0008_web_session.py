"""Sessions with a column for whose they are, so that they go with their person."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_generation")]

    operations = [
        migrations.CreateModel(
            name="WebSession",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("session_key", models.CharField(max_length=40)),
                ("session_data", models.TextField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "seen_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expire_date", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "web_session",
                "indexes": [
                    wealthwise.postgres.indexes.Index(fields=["user"], name="idx_web_session_user"),
                    wealthwise.postgres.indexes.Index(fields=["expire_date"], name="idx_web_session_expire"),
                ],
                "constraints": [models.UniqueConstraint(fields=("session_key",), name="uq_web_session_key")],
            },
        ),
    ]
