"""The planner's choice for a statement, reduced to what a test asks: relations, indexes, node types."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True)
class Plan:
    """``indexes`` are named as declared: that of a partition by the index it is attached to."""

    nodes: list[dict[str, Any]]
    indexes: set[str]
    relations: set[str]

    @property
    def types(self) -> set[str]:
        return {node["Node Type"] for node in self.nodes}


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def _parents() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "JOIN pg_class p ON p.oid = i.inhparent WHERE p.relkind = 'I'"
        )
        return dict(cursor.fetchall())


def explain(statement: "QuerySet[Any] | tuple[str, list[Any]]", *, analyze: bool = False) -> Plan:
    """The plan of a queryset or of SQL with parameters; only ``analyze`` executes it."""
    sql, params = statement if isinstance(statement, tuple) else statement.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON{', ANALYZE' if analyze else ''}) {sql}", params)
        found = cursor.fetchone()[0]
    tree = json.loads(found) if isinstance(found, str) else found
    nodes, parents = list(_walk(tree[0]["Plan"])), _parents()
    return Plan(
        nodes=nodes,
        indexes={parents.get(name, name) for node in nodes if (name := node.get("Index Name"))},
        relations={name for node in nodes if (name := node.get("Relation Name"))},
    )
