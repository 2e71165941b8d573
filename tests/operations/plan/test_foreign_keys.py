"""A parent that is deleted or changed finds its children by an index, for every foreign key in the database."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from tests.operations.plan.explain import explain
from wealthwise.operations.plan.facts import Facts, gather
from wealthwise.operations.plan.schema import domain_models
from wealthwise.postgres.catalog import Constraint, IndexFacts

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Reference:
    """One foreign key and the tables that hold its rows: each partition, or the table itself."""

    key: Constraint
    tables: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key.table}.{self.key.name}"


def references(facts: Facts) -> list[Reference]:
    return [
        Reference(key, tuple(facts.partition_names(key.table)) or (key.table,))
        for keys in facts.constraints.values()
        for key in keys
        if key.kind == "f"
    ]


def finds(index: IndexFacts, key: Constraint) -> bool:
    """True when the index leads to the children of one parent.

    Its first columns are columns of the key and contain the last one, which alone names the parent (the
    owner before it only proves ownership). A partial index may leave out the rows without a parent.
    """
    lead = set()
    for column in index.columns:
        if column.removesuffix(" DESC") not in key.columns:
            break
        lead.add(column.removesuffix(" DESC"))
    whole = index.predicate in ("", *(f"{column} IS NOT NULL" for column in key.columns))
    return key.columns[-1] in lead and whole and index.valid and not index.operators


def test_every_foreign_key_is_indexed_on_every_partition() -> None:
    facts = gather(connection)
    found = references(facts)
    bare = [
        f"{reference} on {table}"
        for reference in found
        for table in reference.tables
        if not any(index.table == table and finds(index, reference.key) for index in facts.indexes.values())
    ]
    assert bare == []
    assert len(found) > 30


def test_the_check_notices_a_key_without_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE child (user_id int, account_id int, at timestamptz, CONSTRAINT child_fk "
                       "FOREIGN KEY (user_id, account_id) REFERENCES account (user_id, id))")  # fmt: skip
        cursor.execute("CREATE INDEX child_wrong ON child (user_id, at, account_id)")
    facts = gather(connection)
    key = facts.constraints["child"][0]
    assert key.columns == ("user_id", "account_id")
    assert not finds(facts.indexes["child_wrong"], key)


@pytest.mark.usefixtures("seeded")
def test_the_database_looks_children_up_by_an_index() -> None:
    """The statement that PostgreSQL itself runs when a parent goes, on seeded rows."""
    domain = {model._meta.db_table for model in domain_models()}
    checked = 0
    for reference in references(gather(connection)):
        if reference.key.table not in domain:
            continue
        plan = explain(_lookup(reference.key))
        assert "Seq Scan" not in plan.types, f"{reference} is looked up by {plan.nodes}"
        assert plan.indexes
        if reference.key.table == "transaction":
            assert len(plan.relations) == 1
        checked += 1
    assert checked >= 20


def _lookup(key: Constraint) -> tuple[str, list[Any]]:
    columns = ", ".join(key.columns)
    given = " AND ".join(f"{column} IS NOT NULL" for column in key.columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{key.table}" WHERE {given} ORDER BY {columns} OFFSET 200 LIMIT 1')
        values = list(cursor.fetchone())
    where = " AND ".join(f"{column} = %s" for column in key.columns)
    return f'SELECT 1 FROM "{key.table}" x WHERE {where} FOR KEY SHARE OF x', values
