"""The old SQLite file, read only. Its schema is taken for what it is, column by column: older files lack some."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from wealthwise.core.errors import DomainError

Row = dict[str, Any]

NEEDED: Final = {
    "user": {"id", "username", "email", "password_hash"},
    "category": {"id", "name", "user_id"},
    "subcategory": {"id", "name", "category_id"},
    "transaction": {"id", "amount", "subcategory_id", "user_id", "transaction_date"},
}
OPTIONAL: Final = (
    "account", "budget_period", "budget", "budget_allocation", "income_source", "recurring_income_source",
    "recurring_budget_allocation",
)  # fmt: skip
# What this application has no place for: billing, and mailed links that have long run out.
NOT_CARRIED: Final = {
    "subscription_plan": "billing is not part of WealthWise",
    "subscription": "billing is not part of WealthWise",
    "payment": "billing is not part of WealthWise",
    "password_reset_token": "a mailed link; ask for a new one",
    "email_verification": "a mailed link; ask for a new one",
}


class LegacyError(DomainError):
    """The file is not one of the old application's, or cannot be read."""


class Source:
    """All rows of the file in memory: it is one household's or a small site's, and read once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LegacyError(f"There is no file {path}.")
        try:
            # immutable: nothing is written beside the file, not even for reading.
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                self.tables = {name: list(_rows(connection, name)) for name in _names(connection)}
        except sqlite3.Error as error:
            raise LegacyError(f"{path} is not an SQLite file that can be read: {error}.") from error
        self._check(path)

    def _check(self, path: Path) -> None:
        missing = [table for table in NEEDED if table not in self.tables]
        if missing:
            raise LegacyError(f"{path} is no file of the old application: it has no table {', '.join(missing)}.")
        for table, columns in NEEDED.items():
            rows = self.tables[table]
            if rows and (lacking := columns - set(rows[0])):
                raise LegacyError(f"The table {table} of {path} has no column {', '.join(sorted(lacking))}.")

    def rows(self, table: str) -> list[Row]:
        """The rows of a table by id; none where an older file has no such table."""
        return self.tables.get(table, [])

    @property
    def size(self) -> int:
        """Rows of the tables that are carried."""
        return sum(len(self.rows(table)) for table in (*NEEDED, *OPTIONAL))


def _names(connection: sqlite3.Connection) -> list[str]:
    wanted = {*NEEDED, *OPTIONAL, *NOT_CARRIED}
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for (name,) in found if name in wanted]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608 - a name of the lists above
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield dict(zip(names, values, strict=True))
