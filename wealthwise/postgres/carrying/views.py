"""The views on a table, carried over to its successor: views on views and materialized ones too.

PostgreSQL itself writes a view's definition, with names; so copies are made in a moment in which the successor
has the table's name, and each copy the name of its view. Afterwards everything has its own name again, and
materialized copies are filled and indexed while users go on.
"""

from dataclasses import dataclass
from typing import Any

from psycopg.sql import SQL, Identifier

from wealthwise.postgres.carrying import attachments, dependents
from wealthwise.postgres.sql import rows_as, rows_of, run, value_of, with_names

# ``depth`` is how many views lie between the table and this one, at most; each reads only shallower ones.
_VIEWS = """
WITH RECURSIVE reader (oid, depth) AS (
    SELECT r.ev_class, 0 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = to_regclass(quote_ident(%(table)s)) AND r.ev_class <> d.refobjid
    UNION
    SELECT r.ev_class, reader.depth + 1
    FROM reader JOIN pg_depend d ON d.refobjid = reader.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
    WHERE r.ev_class <> d.refobjid
)
SELECT c.oid, n.nspname, c.relname, c.relkind = 'm', c.relispopulated, pg_get_viewdef(c.oid)
FROM (SELECT oid, max(depth) AS depth FROM reader GROUP BY oid) found
JOIN pg_class c ON c.oid = found.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') ORDER BY found.depth, c.relname, n.nspname
"""
_INDEXES = """
SELECT c.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = %(view)s ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class View:
    """A view that reads the table, itself or through other views."""

    oid: int
    schema: str
    name: str
    is_materialized: bool
    is_filled: bool
    definition: str

    def named(self, suffix: str = "") -> Identifier:
        return Identifier(self.schema, self.name + suffix)

    def indexes(self, connection: Any) -> list[str]:
        return [name for (name,) in rows_of(_INDEXES, on=connection, view=self.oid)]


def views_on(connection: Any, table: str) -> list[View]:
    """Every view that reads ``table``, each behind those that it reads."""
    return rows_as(View, _VIEWS, on=connection, table=table)


def make_copies(connection: Any, table: str, shadow: str) -> list[View]:
    """A copy ``NAME_new`` of every view on ``table``, which reads ``shadow``; for a moment, in a transaction."""
    found = views_on(connection, table)
    _rename(connection, (Identifier(table), f"{table}_aside"), (Identifier(shadow), table))
    for view in found:
        _rename(connection, (view.named(), f"{view.name}_aside"))
        statement = "CREATE MATERIALIZED VIEW {view} AS {definition} WITH NO DATA"
        if not view.is_materialized:
            statement = "CREATE VIEW {view} AS {definition}"
        definition = SQL(view.definition.rstrip().removesuffix(";"))
        run(with_names(statement, view=view.named(), definition=definition), on=connection)
    for view in found:
        _rename(connection, (view.named(), f"{view.name}_new"), (view.named("_aside"), view.name))
    _rename(connection, (Identifier(table), shadow), (Identifier(f"{table}_aside"), table))
    return found


def complete_copies(connection: Any, found: list[View]) -> None:
    """Options, owner and privileges; rows and indexes where a view is materialized."""
    for view in found:
        name = view.named("_new").as_string()
        attachments.copy_options(connection, view.oid, name)
        if view.is_materialized and view.is_filled:
            run(with_names("REFRESH MATERIALIZED VIEW {view}", view=view.named("_new")), on=connection)
        dependents.copy_indexes(connection, view.oid, f"{view.name}_new")
        attachments.copy_owner_and_privileges(connection, view.oid, name)


def drop_views(connection: Any, found: list[View]) -> None:
    """The last ones first, which read the others."""
    for view in reversed(found):
        statement = "DROP MATERIALIZED VIEW {view}" if view.is_materialized else "DROP VIEW {view}"
        run(with_names(statement, view=view.named()), on=connection)


def replace_by_copies(connection: Any, found: list[View]) -> None:
    """Drop the views and give the copies and their indexes the names."""
    indexes = [(view, name) for view in found for name in view.indexes(connection)]
    drop_views(connection, found)
    for view in found:
        _rename(connection, (view.named("_new"), view.name))
    for view, name in indexes:
        _rename(connection, (Identifier(view.schema, f"{name}_new"), name))


def is_read(connection: Any, table: str) -> bool:
    """Whether any rule of another relation still reads ``table``."""
    return bool(value_of(_IS_READ, on=connection, table=table))


_IS_READ = """
SELECT EXISTS (SELECT FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
               WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                 AND d.refobjid = quote_ident(%(table)s)::regclass AND r.ev_class <> d.refobjid)
"""


def _rename(connection: Any, *pairs: tuple[Identifier, str]) -> None:
    """ALTER TABLE renames tables, views and indexes alike."""
    for name, to in pairs:
        run(with_names("ALTER TABLE {name} RENAME TO {to}", name=name, to=to), on=connection)
