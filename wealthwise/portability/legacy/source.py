"""The old SQLite file, read only. Its schema is taken for what it is, column by column: older files lack some."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
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
# Every column that is read, or known to say nothing that has a place.
COLUMNS: Final = {
    "user": "username email password_hash first_name last_name display_name preferred_name currency theme created_at "
    "country email_verified terms_accepted_at terms_version is_admin",
    "category": "name user_id is_template created_at",
    "subcategory": "name category_id created_at",
    "transaction": "amount description comment subcategory_id user_id transaction_date created_at",
    "account": "name account_type bank_name account_number current_balance user_id is_active created_at updated_at",
    "budget_period": "name period_type start_date end_date user_id is_active created_at",
    "budget": "period_id total_income balance_brought_forward user_id created_at",
    "budget_allocation": "allocated_amount subcategory_id budget_id is_recurring_allocation recurring_allocation_id "
    "created_at",
    "income_source": "name amount budget_id recurring_source_id is_recurring created_at",
    "recurring_income_source": "name amount user_id period_type is_active created_at",
    "recurring_budget_allocation": "allocated_amount subcategory_id user_id period_type is_active created_at",
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
    "alembic_version": "of the old application's migrations",
}
# What SQLite writes beside a database: changes that are not in it yet, or have to be taken back.
BESIDE: Final = ("-wal", "-journal")


class LegacyError(DomainError):
    """The file is not one of the old application's, or cannot be read."""


class Source:
    """All rows of the file in memory: it is one household's or a small site's, and read once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LegacyError(f"There is no file {path}.")
        try:
            with ExitStack() as stack:
                connection = stack.enter_context(closing(_opened(path, stack)))
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                connection.execute("PRAGMA trusted_schema = OFF")
                self.tables = {name: list(_rows(connection, name)) for name in _names(connection)}
        except sqlite3.Error as error:
            raise LegacyError(f"{path} is not an SQLite file that can be read: {error}.") from error
        except OSError as error:
            raise LegacyError(f"{path}, or what stands beside it, cannot be read: {error.strerror}.") from error
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

    def columns_without_a_place(self) -> Iterator[str]:
        """Columns that the old application is not known to have, with how many rows say something there."""
        for table, known in COLUMNS.items():
            rows = self.rows(table)
            for name in rows[0] if rows else ():
                if name not in ("id", *known.split()):
                    count = sum(row[name] is not None for row in rows)
                    yield f"the column {name} of {table}, with something in {count:,} rows"

    @property
    def size(self) -> int:
        """Rows of the tables that are carried."""
        return sum(len(self.rows(table)) for table in (*NEEDED, *OPTIONAL))


def _opened(path: Path, stack: ExitStack) -> sqlite3.Connection:
    """The file itself, immutable: nothing is written beside it. With changes beside it, a copy of all of that, in
    which SQLite brings them in or takes them back: what a crash left is read as the old application would read it.
    """
    beside = [name for ending in BESIDE if (name := Path(f"{path}{ending}")).is_file() and name.stat().st_size]
    if not beside:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    for name in (path, *beside):
        shutil.copyfile(name, Path(folder, name.name))
    return sqlite3.connect(Path(folder, path.name))


def _names(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for (name,) in found if not name.startswith("sqlite_")]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    quoted = table.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{quoted}" ORDER BY 1')  # noqa: S608 - a table that is there
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield dict(zip(names, values, strict=True))
