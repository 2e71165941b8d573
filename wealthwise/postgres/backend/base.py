"""Connections that recover: a server that was started again, or another that took over, costs a request nothing.

The library's pool looks at a connection before it gives it out, and waits one, two, four seconds after each that it
finds broken, of ten that broke at once; after an outage its own tries are as far apart. Here the first broken one
empties the pool, and whoever waits asks for a new one again and again.
"""

import logging
import re
import time
from typing import Any, Final, override

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolTimeout

from wealthwise.postgres.backend.waits import EMPTIED, LONGEST

WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CALL|COPY|setval)\b", re.IGNORECASE)


logger = logging.getLogger(__name__)


class DatabaseWrapper(base.DatabaseWrapper):
    """``has_written``: something was committed, or may have been, since somebody made it False."""

    _emptied_at = 0.0
    has_written = False

    def note(self, execute: Any, statement: str, *rest: Any) -> Any:
        """A wrapper of statements: outside of a transaction one that writes is committed by itself, or rolled back."""
        before = self.has_written
        if not self.in_atomic_block and (not isinstance(statement, str) or WRITES.search(statement)):
            self.has_written = True
        try:
            return execute(statement, *rest)
        except OperationalError as error:
            if isinstance(error.__cause__, errors.DeadlockDetected | errors.SerializationFailure):
                self.has_written = before
            raise

    @override
    def get_new_connection(self, conn_params: Any) -> Any:
        if not self.pool:
            return super().get_new_connection(conn_params)
        end = time.monotonic() + LONGEST
        while True:
            try:
                connection = super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > end:
                    raise
                continue
            if _answers(connection):
                return connection
            self._put_away(connection)

    def _put_away(self, connection: Any) -> None:
        """With all that were opened before: they broke together."""
        pool: Any = self.pool
        pool.putconn(connection)
        now = time.monotonic()
        if now - DatabaseWrapper._emptied_at > EMPTIED:
            DatabaseWrapper._emptied_at = now
            pool.drain()
            logger.warning("A connection to PostgreSQL is broken. All of the pool are opened anew.")

    def _commit(self) -> None:
        self.has_written = True  # also where nobody knows, since the answer did not come
        super()._commit()  # type: ignore[misc]  # Django's, which its stubs leave out


def _answers(connection: Any) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
