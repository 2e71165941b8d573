"""A database of its own for tests that change the schema."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.db import connection, connections


@pytest.fixture
def scratch(django_db_blocker: Any) -> Iterator[Any]:
    """An empty database of its own under the alias "scratch"."""
    name = f"scratch_{os.getpid()}"
    base = {**connection.settings_dict, "NAME": name}
    with django_db_blocker.unblock():
        arguments = connection.get_connection_params() | {"dbname": "postgres"}
        for key in ("cursor_factory", "context", "prepare_threshold", "pool"):
            arguments.pop(key, None)
        with closing(psycopg.connect(**arguments, autocommit=True)) as administrator:
            administrator.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            administrator.execute(f'CREATE DATABASE "{name}"')
            connections.settings["scratch"] = base
            try:
                yield connections["scratch"]
            finally:
                connections["scratch"].close()
                del connections["scratch"]
                del connections.settings["scratch"]
                administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
