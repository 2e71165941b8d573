"""The statements that bring one definition back to what the migrations make."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from psycopg.sql import Identifier, Literal

from wealthwise.postgres.definitions import INVALID, OFF, Definition
from wealthwise.postgres.sql import with_names

_OPTION: Final = re.compile(r" (MINVALUE|MAXVALUE|CACHE|NO CYCLE|CYCLE)")


def made_again(made: Definition, found: Definition | None, *, indexes: Iterable[Definition]) -> str:
    """SQL, or a comment where rows would be needed that are gone. ``indexes`` are all of the same table or view."""
    if made.kind != "materialized view":
        return _MAKE.get(made.kind, _made_by_hand)(made, found)
    drop = f"DROP MATERIALIZED VIEW IF EXISTS {_quoted(made.table)};\n" if found else ""
    body = f"CREATE MATERIALIZED VIEW {_quoted(made.table)} AS {made.text} WITH NO DATA;"
    return "\n".join(
        [f"{drop}{body}", *(_index(index, None) for index in indexes), "-- then: manage.py refresh_views"]
    )


def unmade(found: Definition) -> str:
    """The statement that takes away what no migration made."""
    return _UNMAKE.get(found.kind, _by_hand)(found)


def _quoted(name: str) -> str:
    return Identifier(name).as_string()


def _table(one: Definition) -> str:
    return f"ALTER TABLE {_quoted(one.part or one.table)}"


def _column(one: Definition) -> str:
    return f"{_table(one)} ALTER COLUMN {_quoted(one.name)}"


def _by_hand(one: Definition) -> str:
    return f"-- {one.kind} {one.name} of {one.table or 'the schema'} is for somebody to look at"


def _made_by_hand(made: Definition, found: Definition | None) -> str:
    if found is None:
        return f"-- {made.kind} {made.table or made.name} is gone with its rows: bring it back from a backup"
    return _by_hand(made)


def _made_table(made: Definition, found: Definition | None) -> str:
    if found is None:
        return _made_by_hand(made, found)
    security = "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
    return f"{_table(made)} {security}, REPLICA IDENTITY DEFAULT;\n{_table(made)} SET LOGGED;"


def _made_column(made: Definition, found: Definition | None) -> str:
    if found is None:
        add = f"{_table(made)} ADD COLUMN {_quoted(made.name)} {made.text};"
        return f"-- its values are gone: bring them back from a backup\n{add}"
    return f"{_column(made)} TYPE {made.text};"


def _identity(made: Definition, found: Definition | None) -> str:
    if found:
        return f"{_column(made)} SET GENERATED {made.text};"
    top = with_names(
        "SELECT setval(pg_get_serial_sequence({place}, {literal}), (SELECT greatest(max({column}), 1) FROM {table}));",
        place=Literal(_quoted(made.table)),
        literal=Literal(made.name),
        column=made.name,
        table=made.table,
    )
    return f"{_column(made)} ADD GENERATED {made.text} AS IDENTITY;\n{top.as_string()}"


def _sequence(made: Definition, found: Definition | None) -> str:
    if found is None:
        return "-- it comes back with the identity of its column"
    options = made.text if made.text.endswith(" CYCLE") else f"{made.text} NO CYCLE"
    return f"{_column(made)} SET {_OPTION.sub(r' SET \1', options)};"


def _constraint(made: Definition, found: Definition | None) -> str:
    name = _quoted(made.name)
    if found and found.text == f"{made.text}{OFF}":
        return f"{_table(made)} ENABLE TRIGGER ALL;"
    if found and found.text == f"{made.text} NOT VALID":
        return f"{_table(made)} VALIDATE CONSTRAINT {name};"
    if made.part:
        return "-- it comes back with that of its table"
    drop = f"{_table(made)} DROP CONSTRAINT {name};\n" if found else ""
    return f"{drop}{_table(made)} ADD CONSTRAINT {name} {made.text};"


def _index(made: Definition, found: Definition | None) -> str:
    """Not concurrently, which a partitioned table refuses: writers wait meanwhile."""
    if made.part:
        invalid = found is not None and found.text.endswith(INVALID)
        return (
            f"-- manage.py maintain reindex --table {made.table}"
            if invalid
            else "-- it comes back with that of its table"
        )
    verb = "CREATE UNIQUE INDEX" if made.text.startswith("UNIQUE ") else "CREATE INDEX"
    drop = f"DROP INDEX {_quoted(made.name)};\n" if found else ""
    return f"{drop}{verb} {_quoted(made.name)} ON {_quoted(made.table)} {made.text.removeprefix('UNIQUE ')};"


def _trigger(made: Definition, found: Definition | None) -> str:
    if found and found.text.startswith(f"{made.text} ("):
        return f"{_table(made)} ENABLE TRIGGER {_quoted(made.name)};"
    if made.part:
        return "-- it comes back with that of its table"
    return f"DROP TRIGGER IF EXISTS {_quoted(made.name)} ON {_quoted(made.table)};\n{made.text};"


def _statistics(made: Definition, found: Definition | None) -> str:
    return f"DROP STATISTICS IF EXISTS {_quoted(made.name)};\n{made.text};"


def _aggregate(made: Definition, found: Definition | None) -> str:
    return f"DROP AGGREGATE IF EXISTS {made.name};\nCREATE AGGREGATE {made.name} ({made.text});"


def _view(made: Definition, found: Definition | None) -> str:
    return f"DROP VIEW IF EXISTS {_quoted(made.table)};\nCREATE VIEW {_quoted(made.table)} AS {made.text};"


_MAKE: Final[dict[str, Callable[[Definition, Definition | None], str]]] = {
    "table": _made_table,
    "setting": lambda made, _: f"{_table(made)} SET ({made.name} = {made.text});",
    "column": _made_column,
    "not null": lambda made, _: f"{_column(made)} SET NOT NULL;",
    "default": lambda made, _: f"{_column(made)} SET DEFAULT {made.text};",
    "identity": _identity,
    "sequence": _sequence,
    "constraint": _constraint,
    "index": _index,
    "trigger": _trigger,
    "statistics": _statistics,
    "view": _view,
    "aggregate": _aggregate,
    "function": lambda made, _: f"{made.text.rstrip()};",
    "extension": lambda made, _: f"CREATE EXTENSION {_quoted(made.name)};",
}
_UNMAKE: Final[dict[str, Callable[[Definition], str]]] = {
    "not null": lambda one: f"{_column(one)} DROP NOT NULL;",
    "default": lambda one: f"{_column(one)} DROP DEFAULT;",
    "identity": lambda one: f"{_column(one)} DROP IDENTITY;",
    "constraint": lambda one: f"{_table(one)} DROP CONSTRAINT {_quoted(one.name)};",
    "index": lambda one: f"DROP INDEX {_quoted(one.name)};",
    "trigger": lambda one: f"DROP TRIGGER {_quoted(one.name)} ON {_quoted(one.part or one.table)};",
    "rule": lambda one: f"DROP RULE {_quoted(one.name)} ON {_quoted(one.table)};",
    "policy": lambda one: f"DROP POLICY {_quoted(one.name)} ON {_quoted(one.table)};",
    "setting": lambda one: f"{_table(one)} RESET ({one.name});",
}
