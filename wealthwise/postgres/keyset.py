"""Keyset paging: page 2,000 costs what page 1 costs, because each page starts at an index entry.

A cursor is the sort key of the last row shown, made opaque and signed by Django, so that a link
cannot be edited into another order and never contains what a user should not read.
"""

from datetime import datetime
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


def encode(timestamp: datetime, key: int) -> str:
    """An opaque cursor for the row booked at ``timestamp`` with primary key ``key``."""
    return signing.dumps([timestamp.isoformat(), key], salt=_SALT, compress=False)


def decode(cursor: str) -> tuple[datetime, int] | None:
    """The sort key in ``cursor``; None when it was damaged, so that the reader sees the first page."""
    try:
        timestamp, key = signing.loads(cursor, salt=_SALT)
        return datetime.fromisoformat(timestamp), int(key)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def after(queryset: QuerySet[Any], cursor: str, *, timestamp_field: str) -> QuerySet[Any]:
    """``queryset`` continued behind ``cursor`` in the order (``timestamp_field``, id), newest first."""
    position = decode(cursor) if cursor else None
    if position is None:
        return queryset
    timestamp, key = position
    return queryset.filter(After(F(timestamp_field), F("id"), Value(timestamp), Value(key)))
