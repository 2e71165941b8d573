"""Databases of tests: some that are made once and kept, and ones that a test has for itself.

Migrating from zero takes as long as two hundred tests, and so does loading what plans are judged by. What comes of it
is kept under a name made of all that it depends on; whoever finds it missing makes it while others wait.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from importlib import import_module, reload
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings

ROOT = Path(__file__).resolve().parent.parent
_MIGRATIONS = ("*/migrations/*.py", "wealthwise/*/migrations/*.py", "wealthwise/postgres/*.py", "requirements.txt")
_LOCK = 7_230_518_223  # of this purpose alone
_SPARE = 2  # older ones that are left, of other branches which one comes back to


def migrated(partitions: int | None = None) -> str:
    """The name of an empty database with every migration applied, to be copied; with so many partitions."""
    count = settings.TRANSACTION_PARTITIONS if partitions is None else partitions
    return kept(f"migrated{count}", digest_of(more=str(count)), partial(_migrate, count))


def kept(kind: str, digest: str, make: Callable[[str], None], *, copied_from: str = "template1") -> str:
    """The name of a database that ``make`` filled, once for all who ask with this digest."""
    name = f"{kind}_{digest}"
    with administrator() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            unfinished = f"{name}_unfinished"
            server.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {unfinished} TEMPLATE {copied_from}")
            make(unfinished)
            server.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
            _drop_older(server, kind)
    return name


def let_go_of_durability() -> None:
    """A server that only tests use need not outlive a power cut: it waits for no disk."""
    with administrator() as server:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            server.execute(f"ALTER SYSTEM SET {setting} = off")
        server.execute("SELECT pg_reload_conf()")


@contextmanager
def administrator(database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
    """A connection beside Django's own; without a name it is in no database of a test."""
    arguments = connection.get_connection_params() | {"dbname": database}
    for key in ("cursor_factory", "context", "prepare_threshold", "pool"):
        arguments.pop(key, None)
    with closing(psycopg.connect(**arguments, autocommit=True)) as server:
        yield server


@contextmanager
def alias(name: str, database: str) -> Iterator[Any]:
    """Django's connection ``name`` to a database beside the default one."""
    connections.settings[name] = {**connection.settings_dict, "NAME": database}
    try:
        yield connections[name]
    finally:
        connections[name].close()
        del connections[name]
        del connections.settings[name]


@contextmanager
def default_leads_to(database: str) -> Iterator[None]:
    """The default connection leads to another database inside, and to the test database again afterwards."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


@contextmanager
def scratch_database(copied_from: str = "template1") -> Iterator[Any]:
    """The connection "scratch" to a database of its own, empty or a copy, dropped afterwards."""
    name = f"scratch_{os.getpid()}"
    with administrator() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {copied_from}")
        try:
            with alias("scratch", name) as scratch:
                yield scratch
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def digest_of(*patterns: str, more: str) -> str:
    """Of files of the project, of every migration, and of ``more``."""
    files = sorted(chain.from_iterable(ROOT.glob(pattern) for pattern in (*_MIGRATIONS, *patterns)))
    return hashlib.sha256(b"\0".join([*(file.read_bytes() for file in files), more.encode()])).hexdigest()[:16]


@contextmanager
def made_with(partitions: int) -> Iterator[None]:
    """Inside, the ledger is made with so many; the migration reads it when its module is loaded."""
    module = import_module("transactions.migrations.0001_initial")
    with override_settings(TRANSACTION_PARTITIONS=partitions):
        reload(module)
        yield
    reload(module)


def _migrate(partitions: int, name: str) -> None:
    with alias("unfinished", name), made_with(partitions):
        call_command("migrate", database="unfinished", verbosity=0, interactive=False, skip_checks=True)


def _drop_older(server: psycopg.Connection[Any], kind: str) -> None:
    older = "SELECT datname FROM pg_database WHERE datname ~ %s ORDER BY oid DESC OFFSET %s"
    for (name,) in server.execute(older, [f"^{kind}_[0-9a-f]{{16}}$", 1 + _SPARE]).fetchall():
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
