"""One snapshot of the catalog, and the row that every check of the plan answers with."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from wealthwise.postgres import catalog
from wealthwise.postgres.catalog import Column, Constraint, IndexFacts, Partition, Server, Trigger, ViewFacts
from wealthwise.postgres.sql import rows_of

LEDGER = "transaction"
VIEW_TABLE = "user_spending_summary"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plan: ``holds`` is None where it informs and cannot fail.

    ``size`` in bytes and ``scans`` since the last statistics reset, both None where they mean nothing.
    """

    section: str
    name: str
    holds: bool | None
    state: str
    size: int | None = None
    scans: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the plan asks of the database, read with a handful of statements."""

    indexes: dict[str, IndexFacts]
    children: dict[str, list[IndexFacts]]
    columns: dict[str, dict[str, Column]]
    constraints: dict[str, list[Constraint]]
    views: dict[str, ViewFacts]
    triggers: dict[tuple[str, str], Trigger]
    partitions: list[Partition]
    partition_key: str
    server: Server
    applied: frozenset[tuple[str, str]]

    def partition_names(self, table: str) -> list[str]:
        return [partition.name for partition in self.partitions] if table == LEDGER else []

    def size(self, index: str) -> int:
        """Bytes of an index with those of its partitions."""
        return sum(part.size for part in self._parts(index))

    def scans(self, index: str) -> int:
        return sum(part.scans for part in self._parts(index))

    def _parts(self, index: str) -> list[IndexFacts]:
        own = [self.indexes[index]] if index in self.indexes else []
        return own + self.children.get(index, [])


def gather(connection: Any) -> Facts:
    """Read the catalog of ``connection``. Some ten statements, a few milliseconds each."""
    indexes = catalog.indexes(connection)
    children: dict[str, list[IndexFacts]] = defaultdict(list)
    for index in indexes:
        children[index.parent].append(index)
    columns: dict[str, dict[str, Column]] = defaultdict(dict)
    for column in catalog.columns(connection):
        columns[column.table][column.name] = column
    constraints: dict[str, list[Constraint]] = defaultdict(list)
    for constraint in catalog.constraints(connection):
        constraints[constraint.table].append(constraint)
    return Facts(
        indexes={index.name: index for index in indexes},
        children={parent: found for parent, found in children.items() if parent},
        columns=dict(columns),
        constraints=dict(constraints),
        views={view.name: view for view in catalog.views(connection)},
        triggers={(trigger.table, trigger.name): trigger for trigger in catalog.triggers(connection)},
        partitions=catalog.partitions_of(connection, LEDGER),
        partition_key=catalog.partition_key(connection, LEDGER),
        server=catalog.server(connection),
        applied=_applied_migrations(connection),
    )


def _applied_migrations(connection: Any) -> frozenset[tuple[str, str]]:
    """As Django recorded them; none on a database that was never migrated."""
    if "django_migrations" not in connection.introspection.table_names():
        return frozenset()
    return frozenset(rows_of("SELECT app, name FROM django_migrations", on=connection))
