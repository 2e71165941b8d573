"""Databases of other applications: only read, only from known tables, and nothing in them is run."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from wealthwise.portability.moving.sources.model import NotMovable

MAGIC: Final = b"SQLite format 3\x00"
_LONGEST: Final = 4 * 1024 * 1024  # bytes of one value

Record = dict[str, Any]


class SourceDatabase:
    """Tables by their names. Views and triggers of the file are never asked, nor any function that they name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.tables = {str(name) for (name,) in found}

    def rows(self, table: str) -> Iterator[Record]:
        """The rows of a table in its own order; none where there is no such table."""
        if table not in self.tables:
            return
        columns = self.connection.execute(f'PRAGMA table_xinfo("{table}")')
        if any(hidden for *_, hidden in columns):
            raise NotMovable(f"The table {table} of the database has columns that would have to be worked out.")
        cursor = self.connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name that the reader wrote
        names = [column[0] for column in cursor.description]
        for values in cursor:
            yield dict(zip(names, values, strict=True))


@contextmanager
def opened(data: bytes) -> Iterator[SourceDatabase]:
    """A database from a temporary file, immutable. Raises NotMovable for what cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sent.db")
        path.write_bytes(data)
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA cell_size_check = ON")
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
                connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                yield SourceDatabase(connection)
        except sqlite3.Error as error:
            raise NotMovable(f"The database in the file cannot be read: {error}.") from error
