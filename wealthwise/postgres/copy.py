"""Many rows of one model by COPY, in the database transaction that is open."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from wealthwise.postgres.sql import identifiers, with_names


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Load ``rows``, whose values stand in the order of ``fields``; returns how many there were.

    One COPY is one statement: the triggers of the ledger run once for all of it. Columns that are not named
    take the database's default, so a model's Python defaults do not apply.
    """
    columns: list[str] = [model._meta.get_field(name).column for name in fields]  # type: ignore[union-attr, misc]  # no relation
    statement = with_names(
        "COPY {table} ({columns}) FROM STDIN", table=model._meta.db_table, columns=identifiers(columns)
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
