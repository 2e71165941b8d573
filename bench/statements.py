"""What requests cost in the database, from pg_stat_statements: nothing here is a time."""

from dataclasses import asdict, dataclass
from typing import Any

import psycopg

# Transaction control, the pool's check and what looks at the statistics are not the page's.
# Deferred key checks run at the COMMIT, on the top level: they count as buffers and not as statements.
_COST = r"""
SELECT coalesce(sum(calls) FILTER (WHERE query !~ '^SELECT (1|\$\d+) FROM ONLY '), 0)::float8,
       coalesce(sum(rows) FILTER (WHERE query !~ '^SELECT (1|\$\d+) FROM ONLY '), 0)::float8,
       coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database() AND toplevel AND query !~* 'pg_stat_statements'
  AND query !~* '^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|START|SET|RESET|SHOW|DISCARD)'
  AND query !~* '^\s*SELECT (set_config|\$1$)'
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request, on average: statements, rows that they returned or wrote, and buffers of 8 kB touched."""

    statements: float
    rows: float
    buffers: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def is_readable(connection: "psycopg.Connection[Any]") -> bool:
    try:
        connection.execute("SELECT FROM pg_stat_statements LIMIT 1")
    except psycopg.Error:
        return False
    return True


def reset(connection: "psycopg.Connection[Any]") -> None:
    connection.execute(
        "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)"
    )


def cost(connection: "psycopg.Connection[Any]", requests: int) -> Cost:
    """Since ``reset``, for each of ``requests``."""
    calls, rows, buffers = connection.execute(_COST).fetchone()
    return Cost(*(round(figure / max(requests, 1), 1) for figure in (calls, rows, buffers)))
