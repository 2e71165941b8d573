"""A table's successor: its keys, indexes, foreign keys, identity, and triggers that repeat every write in it.

All of it is read from the catalog, so an index or a key that a later migration adds survives too. What else
hangs on a table is in ``attachments`` (options, privileges, comments and more) and ``views``.
"""

from typing import Any

from psycopg.sql import SQL, Composable

from wealthwise.postgres.sql import identifiers, rows_of, run, value_of, with_names

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = quote_ident(%(table)s)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = quote_ident(%(table)s)::regclass AND contype IN ('p', 'u', 'x') ORDER BY conname
"""

# The definition with the index and its table under other names; one of a partitioned table says ON ONLY.
_INDEXES = """
SELECT replace(replace(pg_get_indexdef(i.oid), old.lead || ' ON ONLY ' || old.place || ' ', new.lead),
               old.lead || ' ON ' || old.place || ' ', new.lead)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (SELECT 'INDEX ' || quote_ident(i.relname) AS lead,
                           quote_ident(n.nspname) || '.' || quote_ident(t.relname) AS place) old
CROSS JOIN LATERAL (SELECT 'INDEX ' || quote_ident(i.relname || '_new') || ' ON ' || quote_ident(n.nspname) || '.'
                           || quote_ident(%(shadow)s) || ' ' AS lead) new
WHERE x.indrelid = %(table)s::oid
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.conrelid = t.oid
                  AND c.contype IN ('p', 'u', 'x'))
ORDER BY i.relname
"""

_FOREIGN_KEYS = """
SELECT conname, pg_get_constraintdef(oid), confdeltype = 'c' FROM pg_constraint
WHERE conrelid = quote_ident(%(table)s)::regclass AND contype = 'f' AND conparentid = 0 ORDER BY conname
"""

_MOVE_SEQUENCE = "SELECT setval(%(new)s, (SELECT last_value FROM {old}), (SELECT is_called FROM {old}))"

# Names of the indexes, partitions and sequences of a table, and of the table itself.
_PIECES = """
SELECT 'i', c.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
WHERE x.indrelid = quote_ident(%(table)s)::regclass
UNION ALL
SELECT 'r', c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = quote_ident(%(table)s)::regclass
UNION ALL
SELECT 'S', c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
  AND d.refobjid = quote_ident(%(table)s)::regclass AND d.deptype = 'i'
"""


def columns_of(connection: Any, table: str) -> list[str]:
    """The columns of ``table`` that can be written, in order."""
    return [name for (name,) in rows_of(_COLUMNS, on=connection, table=table)]


def copy_keys_and_indexes(connection: Any, table: str, shadow: str) -> None:
    """Every primary key, unique constraint and index of ``table``, under the name ``NAME_new``."""
    for name, definition in rows_of(_KEYS, on=connection, table=table):
        statement = "ALTER TABLE {shadow} ADD CONSTRAINT {name} {definition}"
        run(with_names(statement, shadow=shadow, name=f"{name}_new", definition=SQL(definition)), on=connection)
    oid = value_of("SELECT quote_ident(%(table)s)::regclass::oid", on=connection, table=table)
    copy_indexes(connection, oid, shadow)


def copy_indexes(connection: Any, oid: int, shadow: str) -> None:
    """The indexes that belong to no key, of a table or materialized view, on a relation beside it."""
    for (statement,) in rows_of(_INDEXES, on=connection, table=oid, shadow=shadow):
        run(statement, on=connection)


def missing_foreign_keys(connection: Any, table: str, shadow: str) -> list[Composable]:
    """Statements that give ``shadow`` those foreign keys of ``table`` that it does not have yet."""
    made = {name for name, *_ in rows_of(_FOREIGN_KEYS, on=connection, table=shadow)}
    return [
        with_names(
            "ALTER TABLE {shadow} ADD CONSTRAINT {name} {definition}",
            shadow=shadow,
            name=name,
            definition=SQL(definition),
        )
        for name, definition, _ in rows_of(_FOREIGN_KEYS, on=connection, table=table)
        if name not in made
    ]


def drop_foreign_keys_but_cascades(connection: Any, table: str) -> None:
    """A table put aside must hold back nothing, but rows of an erased user must leave it too."""
    for name, _, cascades in rows_of(_FOREIGN_KEYS, on=connection, table=table):
        if not cascades:
            run(with_names("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=name), on=connection)


# Triggers that make every write to a table happen in its successor too, in the same transaction. A batch of the
# copy may hold the same key uncommitted: an insert waits for it, then the newer row wins.
_MIRRORS = (
    """
    CREATE FUNCTION conversion_mirror_insert() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        INSERT INTO {shadow} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM new_rows
        ON CONFLICT ({keys}) DO UPDATE SET {changes};
        RETURN NULL;
    END $function$
    """,
    """
    CREATE TRIGGER conversion_mirror_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION conversion_mirror_insert()
    """,
    """
    CREATE FUNCTION conversion_mirror_update() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        DELETE FROM {shadow} WHERE ({keys}) IN (SELECT {keys} FROM old_rows);
        INSERT INTO {shadow} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM new_rows
        ON CONFLICT ({keys}) DO UPDATE SET {changes};
        RETURN NULL;
    END $function$
    """,
    """
    CREATE TRIGGER conversion_mirror_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION conversion_mirror_update()
    """,
    """
    CREATE FUNCTION conversion_mirror_delete() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        DELETE FROM {shadow} WHERE ({keys}) IN (SELECT {keys} FROM old_rows);
        RETURN NULL;
    END $function$
    """,
    """
    CREATE TRIGGER conversion_mirror_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION conversion_mirror_delete()
    """,
    """
    CREATE FUNCTION conversion_mirror_truncate() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        TRUNCATE {shadow};
        RETURN NULL;
    END $function$
    """,
    """
    CREATE TRIGGER conversion_mirror_truncate AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION conversion_mirror_truncate()
    """,
)
_NO_MIRRORS = (
    "DROP TRIGGER IF EXISTS conversion_mirror_insert ON {table}",
    "DROP TRIGGER IF EXISTS conversion_mirror_update ON {table}",
    "DROP TRIGGER IF EXISTS conversion_mirror_delete ON {table}",
    "DROP TRIGGER IF EXISTS conversion_mirror_truncate ON {table}",
    "DROP FUNCTION IF EXISTS conversion_mirror_insert()",
    "DROP FUNCTION IF EXISTS conversion_mirror_update()",
    "DROP FUNCTION IF EXISTS conversion_mirror_delete()",
    "DROP FUNCTION IF EXISTS conversion_mirror_truncate()",
)


def make_mirrors(connection: Any, table: str, shadow: str, key: list[str]) -> None:
    columns = columns_of(connection, table)
    changes = [with_names("{column} = excluded.{column}", column=column) for column in columns]
    for statement in _MIRRORS:
        names = {"columns": identifiers(columns), "keys": identifiers(key), "changes": SQL(", ").join(changes)}
        run(with_names(statement, table=table, shadow=shadow, **names), on=connection)


def drop_mirrors(connection: Any, table: str) -> None:
    for statement in _NO_MIRRORS:
        run(with_names(statement, table=table), on=connection)


def move_sequence(connection: Any, table: str, shadow: str, column: str) -> None:
    """The successor's identity goes on where the table's stands."""
    statement = "SELECT pg_get_serial_sequence(quote_ident(%(table)s), %(column)s)"
    old, new = (value_of(statement, on=connection, table=name, column=column) for name in (table, shadow))
    run(with_names(_MOVE_SEQUENCE, old=SQL(old)), on=connection, new=new)


def rename(connection: Any, table: str, to: str) -> None:
    """Rename a table with its partitions, identity sequence and top-level indexes.

    ``X_new`` becomes ``X``; an ``X`` that is put aside becomes ``X_old``.
    """
    for kind, name in rows_of(_PIECES, on=connection, table=table):
        if kind == "i":
            renamed = name.removesuffix("_new") if name.endswith("_new") else f"{name}_old"
            statement = "ALTER INDEX {name} RENAME TO {renamed}"
        else:
            renamed = name.replace(table, to, 1)
            statement = "ALTER TABLE {name} RENAME TO {renamed}"
        run(with_names(statement, name=name, renamed=renamed), on=connection)
    run(with_names("ALTER TABLE {name} RENAME TO {renamed}", name=table, renamed=to), on=connection)
