"""One runner for statements that are written out: named parameters, rows as tuples."""

from typing import Any

from django.db import connection


def rows_of(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement with named parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def run(statement: str, **parameters: Any) -> None:
    """Execute one statement with named parameters, whose rows nobody asks for."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
