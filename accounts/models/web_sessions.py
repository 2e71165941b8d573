"""Where people are signed in: what Django keeps of a browser between two requests."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models.querysets import OwnedQuerySet
from accounts.models.users import User
from wealthwise.core.columns import Columns
from wealthwise.postgres.indexes import Index, UniqueConstraint


class WebSessionQuerySet(OwnedQuerySet["WebSession"]):
    pass


class WebSession(models.Model):
    """One browser ("web_session"; some a person, and of visitors who typed; written by `accounts.people.sessions`).

    ``user`` is who is signed in or on the way to it, so that their sessions go with a person; nobody for a visitor.
    ``seen_at`` is kept, to the minute, for people who set a limit on doing nothing.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, null=True, related_name="+")
    session_key = models.CharField(max_length=40)
    session_data = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(db_default=Now(), editable=False)
    expire_date = models.DateTimeField()

    columns = Columns(
        internal="created_at seen_at expire_date",
        withheld="session_key session_data",
        survives_reset="A session belongs to the sign-in, which is kept.",
    )

    objects = WebSessionQuerySet.as_manager()

    class Meta:
        db_table = "web_session"
        indexes: ClassVar = [
            Index(
                fields=["user"],
                name="idx_web_session_user",
                reason="All sessions of a person: erasure, and a new limit on doing nothing.",
            ),
            Index(fields=["expire_date"], name="idx_web_session_expire", reason="Sessions that are over are purged."),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["session_key"], name="uq_web_session_key", reason="The session of each request by its cookie."
            )
        ]

    def __str__(self) -> str:
        return f"Session {self.pk}"
