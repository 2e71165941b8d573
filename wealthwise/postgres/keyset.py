"""Keyset paging: page 2,000 costs what page 1 costs, because each page starts at an index entry.

A cursor is the sort key of the last row shown, made opaque and signed by Django, so that a link
cannot be edited into another order and never contains what a user should not read.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.expressions import Value

_SALT = "wealthwise.keyset"


class After(Func):
    """Row-value comparison ``(a, b) < (x, y)``: one condition that a two-column index answers at once."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(parts) // 2
        left, right = ", ".join(sql for sql, _ in parts[:half]), ", ".join(sql for sql, _ in parts[half:])
        params = [param for _, values in parts for param in values]
        return f"({left}) < ({right})", tuple(params)


def encode(*position: date | int) -> str:
    """An opaque cursor for the row with that sort key: days, timestamps and numbers."""
    values = [value if isinstance(value, int) else value.isoformat() for value in position]
    return signing.dumps(values, salt=_SALT, compress=False)


def decode[*Position](cursor: str, read: Callable[..., tuple[*Position]]) -> tuple[*Position] | None:
    """The sort key in ``cursor``, its parts given to ``read``; None when it was damaged, so that the reader sees the
    first page.
    """
    try:
        return read(*signing.loads(cursor, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def timestamp_and_key(timestamp: str, key: int) -> tuple[datetime, int]:
    """Reads the cursor of an order by timestamp and primary key."""
    return datetime.fromisoformat(timestamp), int(key)


def after(queryset: QuerySet[Any], cursor: str, *, timestamp_field: str) -> QuerySet[Any]:
    """``queryset`` continued behind ``cursor`` in the order (``timestamp_field``, id), newest first."""
    position = decode(cursor, timestamp_and_key) if cursor else None
    if position is None:
        return queryset
    timestamp, key = position
    return queryset.filter(After(F(timestamp_field), F("id"), Value(timestamp), Value(key)))
