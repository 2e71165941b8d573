"""One runner for statements that are written out whole: named parameters, rows as tuples or dataclasses.

A value is a parameter, ``%(name)s``. A name of a table or column cannot be one: it stands in braces and is put
in by ``with_names``, quoted. ``on`` is another connection than the default one.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composable, Identifier

type Statement = str | Composable


def rows_of(statement: Statement, /, *, on: Any = connection, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with on.cursor() as cursor:
        cursor.execute(_text(statement), parameters or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def rows_as[R](row: Callable[..., R], statement: Statement, /, *, on: Any = connection, **parameters: Any) -> list[R]:
    """All rows as objects of a class whose fields stand in the order of the columns; arrays come as tuples."""
    return [row(*map(_frozen, values)) for values in rows_of(statement, on=on, **parameters)]


def first_row(statement: Statement, /, *, on: Any = connection, **parameters: Any) -> tuple[Any, ...] | None:
    """The first row; None when there is none."""
    with on.cursor() as cursor:
        cursor.execute(_text(statement), parameters or None)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def value_of(statement: Statement, /, *, on: Any = connection, **parameters: Any) -> Any:
    """The first column of the first row; None when there is no row."""
    row = first_row(statement, on=on, **parameters)
    return row[0] if row else None


def run(statement: Statement, /, *, on: Any = connection, **parameters: Any) -> int:
    """Execute one statement; returns how many rows it wrote."""
    with on.cursor() as cursor:
        cursor.execute(_text(statement), parameters or None)
        return int(cursor.rowcount)


def with_names(statement: str, **names: str | int | Composable) -> Composable:
    """``statement`` with ``{name}`` replaced: text as a quoted identifier, a number as it is, SQL as it is."""
    return SQL(statement).format(
        **{key: Identifier(name) if isinstance(name, str) else name for key, name in names.items()}
    )


def identifiers(names: Iterable[str]) -> Composable:
    """A list of columns for ``with_names``: quoted, with commas between them."""
    return SQL(", ").join(map(Identifier, names))


def in_one(values: Iterable[Any], separator: str = ",") -> str:
    """Many values as one parameter for ``string_to_array(..., ',', '')``, None as the empty one. An array is written
    value by value, which takes ten times as long for thousands of them.
    """
    return separator.join("" if value is None else str(value) for value in values)


def named(sql: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """SQL of the ORM with its parameters named, so that it can be put into a statement that has others."""
    numbers = iter(range(len(values)))
    text = re.sub(r"%%|%s", lambda found: found[0] if found[0] == "%%" else f"%(p{next(numbers)})s", sql)
    return text, {f"p{number}": value for number, value in enumerate(values)}


def _text(statement: Statement) -> str:
    return statement if isinstance(statement, str) else statement.as_string()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
