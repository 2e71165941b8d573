"""What hangs on a table, carried over to its successor: keys, indexes, triggers, views, grants, identity.

All of it is read from the catalog, so an index or a trigger that a later migration adds survives too.
"""

import re
from dataclasses import dataclass
from typing import Any

_MIRROR = "conversion_mirror"


@dataclass(frozen=True, slots=True)
class View:
    """A view on the table and the name of its copy on the successor."""

    name: str
    copy: str
    materialized: bool
    indexes: list[tuple[str, str]]


def _rows(connection: Any, sql: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def _run(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _regclass(table: str) -> str:
    return f'"{table}"'


def column_list(connection: Any, table: str) -> str:
    """The quoted columns of ``table`` that can be written, in order."""
    sql = """SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
    return str(_rows(connection, sql, [_regclass(table)])[0][0])


def copy_keys_and_indexes(connection: Any, table: str, shadow: str) -> None:
    """Every primary key, unique constraint and index of ``table``, under the name ``NAME_new``."""
    constraints = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
                     WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'x')"""
    taken = set()
    for name, definition in _rows(connection, constraints, [_regclass(table)]):
        taken.add(name)
        _run(connection, f'ALTER TABLE "{shadow}" ADD CONSTRAINT "{name}_new" {definition}')
    for name, definition in _indexes_of(connection, table):
        if name not in taken:
            lead, body = re.split(r" ON (?:ONLY )?\S+ USING ", definition, maxsplit=1)
            verb = lead[: lead.rindex(" INDEX ") + 7]
            _run(connection, f'{verb}"{name}_new" ON "{shadow}" USING {body}')


def _indexes_of(connection: Any, table: str) -> list[tuple[str, str]]:
    """Name and definition of each index of a table or materialized view."""
    sql = """SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE i.indrelid = %s::regclass ORDER BY c.relname"""
    return [(name, definition) for name, definition in _rows(connection, sql, [_regclass(table)])]


_FOREIGN_KEYS = """SELECT conname, pg_get_constraintdef(oid), confdeltype FROM pg_constraint
                   WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid = 0"""


def missing_foreign_keys(connection: Any, table: str, shadow: str) -> list[str]:
    """Statements that give ``shadow`` those foreign keys of ``table`` that it does not have yet."""
    made = {row[0] for row in _rows(connection, _FOREIGN_KEYS, [_regclass(shadow)])}
    return [
        f'ALTER TABLE "{shadow}" ADD CONSTRAINT "{name}" {definition}'
        for name, definition, _ in _rows(connection, _FOREIGN_KEYS, [_regclass(table)])
        if name not in made
    ]


def drop_foreign_keys_but_cascades(connection: Any, table: str) -> None:
    """A table put aside must hold back nothing, but rows of an erased person must leave it too."""
    for name, _, action in _rows(connection, _FOREIGN_KEYS, [_regclass(table)]):
        if action != "c":
            _run(connection, f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def copy_privileges(connection: Any, table: str, shadow: str) -> None:
    """The owner and every grant."""
    owner = _rows(
        connection, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = %s::regclass", [_regclass(table)]
    )
    _run(connection, f'ALTER TABLE "{shadow}" OWNER TO "{owner[0][0]}"')
    grants = """SELECT privilege_type,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, is_grantable
                FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = %s::regclass"""
    for privilege, grantee, grantable in _rows(connection, grants, [_regclass(table)]):
        option = " WITH GRANT OPTION" if grantable else ""
        _run(connection, f'GRANT {privilege} ON "{shadow}" TO {grantee}{option}')


def triggers_of(connection: Any, table: str) -> list[str]:
    """The statements that make the table's own triggers again, by the table's name."""
    sql = """SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal
             AND tgparentid = 0 AND tgname NOT LIKE %s ORDER BY tgname"""
    return [row[0] for row in _rows(connection, sql, [_regclass(table), _MIRROR + "%"])]


def mirror_triggers(connection: Any, table: str, shadow: str, key: list[str]) -> list[str]:
    """Statements that make every write to ``table`` happen in ``shadow`` too, in the same transaction."""
    columns = column_list(connection, table)
    keys = ", ".join(f'"{column}"' for column in key)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns.split(", "))
    remove = f'DELETE FROM "{shadow}" WHERE ({keys}) IN (SELECT {keys} FROM old_rows);'
    # A batch of the copy may hold the same key uncommitted: wait for it, then let the newer row win.
    add = (
        f'INSERT INTO "{shadow}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM new_rows '
        f"ON CONFLICT ({keys}) DO UPDATE SET {changes};"
    )
    events = {
        "insert": ("REFERENCING NEW TABLE AS new_rows", add),
        "update": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", remove + add),
        "delete": ("REFERENCING OLD TABLE AS old_rows", remove),
        "truncate": ("", f'TRUNCATE "{shadow}";'),
    }
    statements = []
    for event, (referencing, body) in events.items():
        name = f"{_MIRROR}_{event}"
        statements += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$function$ BEGIN {body} RETURN NULL; END $function$",
            f'CREATE TRIGGER {name} AFTER {event} ON "{table}" {referencing} '
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return statements


def drop_mirror_triggers(table: str) -> list[str]:
    events = ("insert", "update", "delete", "truncate")
    return [
        statement
        for event in events
        for statement in (
            f'DROP TRIGGER IF EXISTS {_MIRROR}_{event} ON "{table}"',
            f"DROP FUNCTION IF EXISTS {_MIRROR}_{event}()",
        )
    ]


def copy_views(connection: Any, table: str, shadow: str) -> list[View]:
    """A copy of every view on ``table`` that reads ``shadow``; a materialized one is filled already."""
    drop_view_copies(connection, shadow)
    sql = """SELECT DISTINCT c.oid, c.relname, c.relkind = 'm' FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
             JOIN pg_class c ON c.oid = r.ev_class
             WHERE d.refobjid = %s::regclass AND d.classid = 'pg_rewrite'::regclass
               AND c.relname NOT LIKE '%%\\_new'"""
    views = []
    for oid, name, materialized in _rows(connection, sql, [_regclass(table)]):
        view = View(name, f"{name}_new", materialized, _indexes_of(connection, name))
        definition = _rows(connection, "SELECT pg_get_viewdef(%s::oid)", [oid])[0][0].rstrip().rstrip(";")
        definition = re.sub(rf"(?<![\w.\"]){re.escape(table)}(?![\w\"])(?= \w+)", f'"{shadow}"', definition)
        kind = "MATERIALIZED VIEW" if materialized else "VIEW"
        _run(connection, f'CREATE {kind} "{view.copy}" AS {definition}')
        for index, statement in view.indexes:
            verb = statement[: statement.index(" INDEX ") + 7]
            body = statement[statement.index(" USING ") :]
            _run(connection, f'{verb}"{index}_new" ON "{view.copy}"{body}')
        views.append(view)
    return views


def drop_view_copies(connection: Any, shadow: str) -> None:
    """Copies that an interrupted run left behind."""
    sql = """SELECT DISTINCT c.relname, c.relkind = 'm' FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
             JOIN pg_class c ON c.oid = r.ev_class
             WHERE d.refobjid = to_regclass(%s) AND d.classid = 'pg_rewrite'::regclass"""
    for name, materialized in _rows(connection, sql, [_regclass(shadow)]):
        _run(connection, f'DROP {"MATERIALIZED VIEW" if materialized else "VIEW"} "{name}"')


def swap_views(connection: Any, views: list[View]) -> None:
    for view in views:
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        _run(connection, f'DROP {kind} "{view.name}"')
        _run(connection, f'ALTER {kind} "{view.copy}" RENAME TO "{view.name}"')
        for index, _ in view.indexes:
            _run(connection, f'ALTER INDEX "{index}_new" RENAME TO "{index}"')


def move_sequence(connection: Any, table: str, shadow: str, column: str) -> None:
    """The successor's identity goes on where the table's stands."""
    old, new = (
        _rows(connection, "SELECT pg_get_serial_sequence(%s, %s)", [_regclass(name), column])[0][0]
        for name in (table, shadow)
    )
    _run(connection, f"SELECT setval('{new}', (SELECT last_value FROM {old}), (SELECT is_called FROM {old}))")


def rename(connection: Any, table: str, to: str) -> None:
    """Rename a table with its partitions, identity sequence and top-level indexes.

    ``X_new`` becomes ``X``; an ``X`` that is put aside becomes ``X_old``.
    """
    indexes = (
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass"
    )
    for (index,) in _rows(connection, indexes, [_regclass(table)]):
        target = index.removesuffix("_new") if index.endswith("_new") else f"{index}_old"
        _run(connection, f'ALTER INDEX "{index}" RENAME TO "{target}"')
    children = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass"
    )
    for (child,) in _rows(connection, children, [_regclass(table)]):
        _run(connection, f'ALTER TABLE "{child}" RENAME TO "{child.replace(table, to, 1)}"')
    sequences = """SELECT c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
                   WHERE d.refobjid = %s::regclass AND d.deptype = 'i'"""
    for (sequence,) in _rows(connection, sequences, [_regclass(table)]):
        _run(connection, f'ALTER SEQUENCE "{sequence}" RENAME TO "{sequence.replace(table, to, 1)}"')
    _run(connection, f'ALTER TABLE "{table}" RENAME TO "{to}"')
