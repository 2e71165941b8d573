"""Materialized views: a migration operation and the refresh.

A concurrent refresh keeps readers going and needs the unique index that the operation creates.
"""

from typing import Any

from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import OperationCategory

from wealthwise.postgres.sql import run, with_names


class CreateMaterializedView(RunSQL):
    """Create ``name`` AS ``query`` with a unique index on ``unique``; reversible; a unit of its own."""

    category = OperationCategory.ADDITION

    def __init__(self, name: str, *, query: str, unique: list[str]) -> None:
        self.name, self.query, self.unique = name, query, unique
        index = f'CREATE UNIQUE INDEX "{name}_key" ON "{name}" ({", ".join(unique)})'
        super().__init__(
            sql=[f'CREATE MATERIALIZED VIEW "{name}" AS {query}', index],
            reverse_sql=[f'DROP MATERIALIZED VIEW "{name}"'],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name], {"query": self.query, "unique": self.unique}

    def describe(self) -> str:
        return f"Create materialized view {self.name}"


def refresh(connection: Any, name: str, *, concurrently: bool = True) -> None:
    """Recompute the view. Concurrently, readers see the old rows until the new ones are complete."""
    statement = "REFRESH MATERIALIZED VIEW CONCURRENTLY {view}" if concurrently else "REFRESH MATERIALIZED VIEW {view}"
    run(with_names(statement, view=name), on=connection)
