"""What the site remembers of its regular work."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RegularRun(models.Model):
    """A piece of regular work, and when it was and will be done ("regular_run"; some ten rows; the scheduler's).

    One that was begun and has no end is at work, or its scheduler was killed.
    """

    class Outcome(models.TextChoices):
        OPEN = "", "Not finished"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.OPEN, db_default="", blank=True)

    class Meta:
        db_table = "regular_run"
        verbose_name = "regular work"
        verbose_name_plural = "regular work"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(finished_at=None, outcome="") | (Q(finished_at__isnull=False) & ~Q(outcome="")),
                name="regular_run_outcome_at_the_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name
