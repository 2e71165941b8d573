"""Tables of the console: what staff did, and the work that runs outside requests."""

import django.db.models.functions.datetime
from django.db import migrations, models

import wealthwise.postgres.indexes


class Migration(migrations.Migration):
    initial = True

    # The entries are about people: both go when the people's tables go.
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ConsoleJob",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refresh", "Refresh the spending view"),
                            ("check", "Self-check of derived numbers"),
                            ("repair", "Repair of derived numbers"),
                            ("analyze", "Analyze"),
                            ("vacuum", "Vacuum and analyze"),
                            ("reindex", "Reindex concurrently"),
                        ],
                        max_length=10,
                    ),
                ),
                ("target", models.CharField(blank=True, max_length=63)),
                ("actor", models.CharField(max_length=20)),
                ("actor_uuid", models.UUIDField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not finished"), ("done", "Done"), ("failed", "Failed")],
                        default="",
                        max_length=6,
                    ),
                ),
                ("done_steps", models.PositiveIntegerField(default=0)),
                ("total_steps", models.PositiveIntegerField(default=0)),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "job",
                "db_table": "console_job",
                "default_permissions": ("view",),
                "indexes": [wealthwise.postgres.indexes.Index(fields=["kind", "-id"], name="idx_console_job_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("kind", "target"),
                        name="console_job_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("outcome", "")),
                            models.Q(("finished_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="console_job_outcome_at_the_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsoleLog",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("actor", models.CharField(max_length=20)),
                ("actor_uuid", models.UUIDField()),
                ("action", models.CharField(max_length=40)),
                ("target", models.CharField(blank=True, max_length=100)),
                ("person_uuid", models.UUIDField(null=True, verbose_name="person")),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("before", models.JSONField(blank=True, default=dict)),
                ("after", models.JSONField(blank=True, default=dict)),
                ("request_id", models.CharField(blank=True, max_length=32)),
            ],
            options={
                "verbose_name": "log entry",
                "verbose_name_plural": "log of actions",
                "db_table": "console_log",
                "permissions": [
                    ("view_health", "Can see database health, plan and views"),
                    ("refresh_view", "Can refresh the spending view and run the self-check"),
                    ("repair_summaries", "Can repair derived numbers"),
                    ("maintain_tables", "Can analyze, vacuum and reindex"),
                    ("reset_statistics", "Can reset the statistics of statements"),
                    ("unmask", "Can see amounts and texts of a person, with a reason"),
                    ("verify_email", "Can mark an email address as verified"),
                    ("send_reset", "Can mail a password reset"),
                    ("end_sessions", "Can end the sessions of a person"),
                    ("suspend_user", "Can suspend and restore a person"),
                    ("erase_user", "Can erase a person"),
                    ("export_user", "Can export the data of a person"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    wealthwise.postgres.indexes.Index(
                        condition=models.Q(("person_uuid__isnull", False)),
                        fields=["person_uuid", "-id"],
                        name="idx_console_log_person",
                    ),
                    wealthwise.postgres.indexes.Index(fields=["-at"], name="idx_console_log_at"),
                ],
            },
        ),
    ]
