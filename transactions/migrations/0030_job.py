"""Long work of people, which is done outside of the processes that serve, and the files of it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import wealthwise.postgres.constraints
import wealthwise.postgres.indexes

OUTCOMES = [("", "Not finished"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Stopped")]
NOW = django.db.models.functions.datetime.Now()


def owner() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.DB_CASCADE,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0029_file_category"),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("target", models.CharField(blank=True, max_length=20)),
                ("asked", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
                ("started_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(db_default=NOW)),
                ("finished_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, choices=OUTCOMES, default="", max_length=9)),
                ("done_steps", models.PositiveIntegerField(default=0)),
                ("total_steps", models.PositiveIntegerField(default=0)),
                ("note", models.TextField(blank=True)),
                ("faults", models.JSONField(blank=True, default=list)),
                ("onward", models.CharField(blank=True, max_length=200)),
                ("file_name", models.CharField(blank=True, max_length=255)),
                ("file_size", models.PositiveBigIntegerField(default=0)),
                ("user", owner()),
            ],
            options={
                "db_table": "job",
                "ordering": ["-id"],
                "indexes": [
                    wealthwise.postgres.indexes.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="idx_job_finished_at",
                    ),
                    wealthwise.postgres.indexes.Index(fields=["user", "kind", "-id"], name="idx_job_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "id"), name="job_owner_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("user", "kind", "target"),
                        name="job_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("outcome", "")),
                            models.Q(("finished_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="job_outcome_at_the_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobChunk",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("is_result", models.BooleanField()),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="transactions.job",
                    ),
                ),
                ("user", owner()),
            ],
            options={
                "db_table": "job_chunk",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "job", "is_result", "number"), name="uq_job_chunk_number"),
                    wealthwise.postgres.constraints.OwnedForeignKey(
                        fields=("user", "job"),
                        name="job_chunk_job_owner_fk",
                        on_delete="CASCADE",
                        to="transactions.Job",
                        to_fields=("user", "id"),
                    ),
                ],
            },
        ),
    ]
