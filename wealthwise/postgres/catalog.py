"""Read-only questions to PostgreSQL's catalog, answered as dataclasses."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: its table's name, its bound as PostgreSQL writes it, estimated rows, bytes."""

    name: str
    bound: str
    estimated_rows: int
    total_bytes: int


def partitions_of(connection: Any, table: str) -> list[Partition]:
    """The partitions of ``table`` in the order of their names; empty when it is a plain table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), greatest(c.reltuples, 0)::bigint, "
            "pg_total_relation_size(c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname",
            [f'"{table}"'],
        )
        return [Partition(*row) for row in cursor.fetchall()]


def index_is_valid(connection: Any, name: str) -> bool | None:
    """Whether the index ``name`` may be used; None when there is no such index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{name}"'])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])
