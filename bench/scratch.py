"""A database of its own for a measurement, dropped afterwards."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from wealthwise.devserver import server  # noqa: E402  needs the path above

KEPT = ("host", "port", "user", "password", "sslmode")


def url_of(arguments: dict[str, Any]) -> str:
    """DATABASE_URL for another process."""
    host, port = str(arguments["host"]), arguments.get("port", 5432)
    password = f":{quote(str(arguments['password']), safe='')}" if arguments.get("password") else ""
    who = f"{quote(str(arguments['user']), safe='')}{password}"
    if host.startswith("/"):
        return f"postgres://{who}@:{port}/{quote(host)}/{arguments['dbname']}"
    return f"postgres://{who}@{host}:{port}/{arguments['dbname']}"


@contextmanager
def scratch_database(prefix: str) -> Iterator[dict[str, Any]]:
    """Connection arguments of an empty database on the configured server; its servers run meanwhile."""
    lease = server.ensure_from_environment(server.HOME, os.environ)
    try:
        arguments = {**_server(), "dbname": f"{prefix}_{os.getpid()}"}
        with closing(psycopg.connect(**{**arguments, "dbname": "postgres"}, autocommit=True)) as administrator:
            administrator.execute(f"CREATE DATABASE {arguments['dbname']}")
            try:
                yield arguments
            finally:
                administrator.execute(f"DROP DATABASE {arguments['dbname']} WITH (FORCE)")
    finally:
        if lease is not None:
            lease.close()


def _server() -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
    import django
    from django.db import connection

    django.setup()
    arguments = connection.get_connection_params()
    return {key: arguments[key] for key in KEPT if arguments.get(key)}
