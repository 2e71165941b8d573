"""Long work of people, and the files that go into it and come out of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key


class JobQuerySet(OwnedQuerySet["Job"]):
    def unfinished(self) -> "JobQuerySet":
        """Served by job_one_open."""
        return self.filter(finished_at=None)


class JobChunkQuerySet(OwnedQuerySet["JobChunk"]):
    pass


class Job(models.Model):
    """Work that is done in a process of its own ("job"; a few a month per user; written by transactions/jobs).

    One that was begun renews ``seen_at``; not seen for a while, its process is gone. Whatever a job writes is
    committed together with its end, and only an open job can end: so one that was given up or closed as lost has
    written nothing. ``target`` is what it is about: a format, the number of an import.
    """

    class Outcome(models.TextChoices):
        OPEN = "", "Not finished"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=20)
    target = models.CharField(max_length=20, blank=True)
    asked = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.OPEN, blank=True)
    done_steps = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    faults = models.JSONField(default=list, blank=True)
    onward = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)

    columns = Columns(
        internal="kind created_at started_at seen_at finished_at outcome done_steps total_steps onward file_size",
        withheld="target asked note faults file_name",
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "job"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="idx_job_finished_at",
                reason="What is over and past its time is deleted.",
            ),
            Index(fields=["user", "kind", "-id"], name="idx_job_latest", reason="The last jobs of a kind."),
        ]
        constraints: ClassVar = [
            owner_key("job", "jobs"),
            UniqueConstraint(
                fields=["user", "kind", "target"],
                condition=Q(finished_at=None),
                name="job_one_open",
                reason="Asked for twice, a job is begun once; the few that are open are counted and taken in turn.",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, outcome="") | (Q(finished_at__isnull=False) & ~Q(outcome="")),
                name="job_outcome_at_the_end",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None


class JobChunk(models.Model):
    """A piece of a file of a job ("job_chunk"; written once, deleted when the file is past its time).

    In the database and in no folder, so that every process of the site has it, and that it goes with its person.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    job = models.ForeignKey(Job, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    is_result = models.BooleanField()
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    columns = Columns(internal="job is_result number", withheld="content")

    objects = JobChunkQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "job_chunk"
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "job", "is_result", "number"],
                name="uq_job_chunk_number",
                reason="A file is read piece by piece, in order.",
            ),
            OwnedForeignKey(
                name="job_chunk_job_owner_fk", fields=["user", "job"], to="transactions.Job", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return f"Piece {self.number} of job {self.job_id}"
