"""What the way back of migrations would take with it: rows of tables, and values of columns, that are there now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.operations import AddField, CreateModel

from wealthwise.postgres.sql import value_of, with_names


@dataclass(frozen=True, slots=True)
class Loss:
    """``column`` is "" where all of a table goes."""

    table: str
    column: str
    rows: int

    def __str__(self) -> str:
        what = f"{self.table}.{self.column}" if self.column else self.table
        return f"{what} ({self.rows:,} {'row' if self.rows == 1 else 'rows'})"


# What a column says of a row that nobody filled: no value, or that of its kind that says nothing.
_FILLED = """
SELECT count(*) FROM {table} WHERE {column} IS NOT NULL
  AND {column}::text NOT IN ('', 'false', '0', '0.00', '[]', '{{}}', 'null')
"""
_ROWS = "SELECT count(*) FROM {table}"


def losses(connection: Any, plan: Iterable[tuple[Migration, bool]], models: Any) -> list[Loss]:
    """What the backward steps of ``plan`` drop while it holds something. ``models`` are those of the state now."""
    back = [migration for migration, backwards in plan if backwards]
    found = [Loss(*place, _held(connection, *place)) for place in dict.fromkeys(_dropped(back, models))]
    tables = {loss.table for loss in found if not loss.column}
    return [loss for loss in found if loss.rows and not (loss.column and loss.table in tables)]


def _dropped(migrations: list[Migration], models: Any) -> Iterator[tuple[str, str]]:
    for migration in migrations:
        for operation in migration.operations:
            try:
                if isinstance(operation, CreateModel):
                    meta = models.get_model(migration.app_label, operation.name)._meta
                    if meta.managed and not meta.proxy:
                        yield meta.db_table, ""
                elif isinstance(operation, AddField):
                    meta = models.get_model(migration.app_label, operation.model_name)._meta
                    if column := meta.get_field(operation.name).column:
                        yield meta.db_table, column
            except LookupError:  # what a later migration took away already
                continue


def _held(connection: Any, table: str, column: str) -> int:
    there = "SELECT to_regclass(quote_ident(%(table)s)) IS NOT NULL"
    if not value_of(there, on=connection, table=table):
        return 0
    statement = with_names(_FILLED, table=table, column=column) if column else with_names(_ROWS, table=table)
    return int(value_of(statement, on=connection))
