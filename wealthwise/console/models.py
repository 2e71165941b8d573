"""What the console did: who looked or acted, and the work that runs outside requests."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from wealthwise.postgres.indexes import Index, UniqueConstraint


class ConsoleLog(models.Model):
    """One thing that a member of staff did ("console_log"; some hundred a day; written by audit.record).

    Append-only: a trigger refuses UPDATE and DELETE. So nothing here refers to a row that may go: users are kept
    by their uuid, and an entry outlives both the user it is about and the one who acted. Amounts, descriptions
    and addresses have no place in it.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=20)
    actor_uuid = models.UUIDField()
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=100, blank=True)
    person_uuid = models.UUIDField("person", null=True)
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "console_log"
        verbose_name = "log entry"
        verbose_name_plural = "log of actions"
        default_permissions = ("view",)
        indexes: ClassVar = [
            Index(
                fields=["person_uuid", "-id"],
                condition=Q(person_uuid__isnull=False),
                name="idx_console_log_person",
                reason="Everything that staff saw or did of one person.",
            ),
            Index(fields=["-at"], name="idx_console_log_at", reason="A day or a month of the log."),
        ]
        permissions: ClassVar = [
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
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class ConsoleJob(models.Model):
    """Work that the console started and that runs in a process of its own ("console_job"; a few a day).

    The process renews ``seen_at``; a job without an end that was not seen for a while has lost its process (see
    jobs.py). Of a kind and target at most one is open, whoever clicks how often.
    """

    class Kind(models.TextChoices):
        REFRESH = "refresh", "Refresh the spending view"
        CHECK = "check", "Self-check of derived numbers"
        REPAIR = "repair", "Repair of derived numbers"
        ANALYZE = "analyze", "Analyze"
        VACUUM = "vacuum", "Vacuum and analyze"
        REINDEX = "reindex", "Reindex concurrently"

    class Outcome(models.TextChoices):
        OPEN = "", "Not finished"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    target = models.CharField(max_length=63, blank=True)
    actor = models.CharField(max_length=20)
    actor_uuid = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=6, choices=Outcome, default=Outcome.OPEN, blank=True)
    done_steps = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "console_job"
        verbose_name = "job"
        default_permissions = ("view",)
        indexes: ClassVar = [
            Index(fields=["kind", "-id"], name="idx_console_job_latest", reason="The last run of a kind."),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["kind", "target"],
                condition=Q(finished_at=None),
                name="console_job_one_open",
                reason="A second click while a job runs does not start a second one.",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, outcome="") | (Q(finished_at__isnull=False) & ~Q(outcome="")),
                name="console_job_outcome_at_the_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target}".strip()

    @property
    def share(self) -> float:
        """How much of the work is done, between 0 and 1."""
        return self.done_steps / self.total_steps if self.total_steps else 0.0


class HealthSample(models.Model):
    """One number of the service at one time ("health_sample"; some 80,000 a day, a partition each, kept for a month).

    ``metric`` and ``label`` are names of the project's own, of tables, of kinds of waiting, or the id of a statement;
    nothing that a person wrote. Numbers of counters grow since their server began; those of requests are what one
    process saw since its last sample.
    """

    pk = models.CompositePrimaryKey("metric", "label", "taken_at")
    metric = models.CharField(max_length=40)
    label = models.CharField(max_length=63, blank=True)
    taken_at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        db_table = "health_sample"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.metric} {self.label}".strip()


class HealthAlarm(models.Model):
    """Something that the front page calls out, from when on ("health_alarm"; a handful; by ``manage.py health``).

    It is there for as long as it was found at each look. ``told_at`` is when a mail told of it.
    """

    key = models.CharField(max_length=200, primary_key=True)
    tone = models.CharField(max_length=4)
    text = models.TextField()
    since = models.DateTimeField(db_default=Now(), editable=False)
    told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "health_alarm"
        default_permissions = ()

    def __str__(self) -> str:
        return self.text
