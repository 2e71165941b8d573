"""Migrations from zero, back to nothing, and again with a plain table; model and schema agree."""

from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

APPS = ["accounts", "transactions", "budgets"]


def migrate(*arguments: str) -> None:
    call_command("migrate", *arguments, database="scratch", verbosity=0, interactive=False, skip_checks=True)


def names(database: Any, sql: str) -> set[str]:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
LEFT_BEHIND = """
SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND relkind IN ('r', 'p', 'm', 'S')
  AND relname !~ '^(django|auth|account_email|mfa|usersessions)'
UNION ALL SELECT proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND proname ~ '^(transaction|recompute|user_after|account_before|budget_carried)'
"""


@pytest.mark.parametrize("partitions", [4, 0])
def test_forward_and_back(scratch: Any, settings: Any, partitions: int) -> None:
    settings.TRANSACTION_PARTITIONS = partitions
    _reload_initial_migration()
    try:
        migrate()
        assert names(scratch, INVALID) == set()
        found = names(
            scratch, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'transaction'::regclass"
        )
        assert len(found) == partitions
        for app in ("budgets", "transactions"):
            migrate(app, "zero")
        for app in ("admin", "account", "mfa", "usersessions", "accounts"):
            migrate(app, "zero")
        assert names(scratch, LEFT_BEHIND) == set()
        migrate()
        assert "transaction" in names(scratch, "SELECT relname::text FROM pg_class WHERE relname = 'transaction'")
    finally:
        settings.TRANSACTION_PARTITIONS = 16
        _reload_initial_migration()


def _reload_initial_migration() -> None:
    """The partition count is read when the module is; read it again for this test's setting."""
    import importlib

    importlib.reload(importlib.import_module("transactions.migrations.0001_initial"))


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", *APPS, check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_every_index_is_valid_and_each_partition_carries_it() -> None:
    assert names(connection, INVALID) == set()
    sql = f"""SELECT i.relname FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
              WHERE x.indrelid = 'transaction'::regclass AND i.relkind = 'I'
                AND (SELECT count(*) FROM pg_inherits WHERE inhparent = i.oid) <> {settings.TRANSACTION_PARTITIONS}"""
    assert names(connection, sql) == set()
