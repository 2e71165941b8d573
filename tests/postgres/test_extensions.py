"""The optional extension: created where allowed, told and passed over where not."""

from typing import Any

import pytest
from django.db import connection, migrations

from wealthwise.postgres.extensions import OptionalExtension

pytestmark = pytest.mark.django_db


def installed(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = %s)", [name])
        return bool(cursor.fetchone()[0])


def migrate(operation: Any, *, backwards: bool = False) -> None:
    with connection.schema_editor(atomic=False) as editor:
        act = operation.database_backwards if backwards else operation.database_forwards
        act("transactions", editor, None, None)


def test_it_is_created_and_stays_on_the_way_back() -> None:
    operation = OptionalExtension("pg_trgm", otherwise="")
    for _ in range(2):
        migrate(operation)
        assert installed("pg_trgm")
    migrate(operation, backwards=True)
    assert installed("pg_trgm")


def test_what_the_server_does_not_have_is_told(capsys: Any) -> None:
    migrate(OptionalExtension("no_such_thing", otherwise="Do this instead."))
    told = capsys.readouterr().err
    assert "no_such_thing was not created (extension" in told
    assert told.endswith("Do this instead.\n")


def test_a_role_without_the_right_goes_on(capsys: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE humble_of_a_test")
        cursor.execute("SET LOCAL ROLE humble_of_a_test")
        migrate(OptionalExtension("pageinspect", otherwise="Ask a superuser."))
        cursor.execute("RESET ROLE")
    assert "permission denied" in capsys.readouterr().err
    assert not installed("pageinspect")


def test_it_is_a_migration_operation_like_others() -> None:
    operation = OptionalExtension("pg_trgm", otherwise="x")
    name, arguments, options = operation.deconstruct()
    assert (name, arguments, options) == ("OptionalExtension", ["pg_trgm"], {"otherwise": "x"})
    assert isinstance(operation, migrations.operations.base.Operation)
    assert operation.reversible
    assert "pg_trgm" in operation.describe()


def test_the_ledger_of_statements_is_there() -> None:
    assert installed("pg_stat_statements")
