"""Migrations from zero, back to nothing, and again with a plain table; model and schema agree."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.conftest import ROOT

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
        if partitions:
            migrate()
            assert "transaction" in names(scratch, "SELECT relname::text FROM pg_class WHERE relname = 'transaction'")
    finally:
        settings.TRANSACTION_PARTITIONS = 16
        _reload_initial_migration()


def test_what_was_interrupted_is_resumed_by_the_same_command(scratch: Any) -> None:
    """A migration outside of a transaction may end anywhere: here each is done and not noted, then done again."""
    executor = MigrationExecutor(scratch)
    executor.recorder.ensure_schema()
    state = executor._create_project_state(with_applied_migrations=True)
    again = 0
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        before = state.clone()
        state = executor.apply_migration(state, migration)
        if not migration.atomic:
            executor.recorder.record_unapplied(migration.app_label, migration.name)
            state = executor.apply_migration(before, migration)
            again += 1
    assert again >= 11
    assert names(scratch, INVALID) == set()


def test_an_index_that_was_not_finished_is_built_anew(scratch: Any) -> None:
    migrate("accounts", "0001")
    with scratch.cursor() as cursor:
        cursor.execute("CREATE INDEX idx_account_user_active ON account (id)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_account_user_active'::regclass")
    migrate("accounts", "0002")
    assert names(scratch, INVALID) == set()


def test_two_starts_at_once_take_turns(scratch: Any) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    url = "postgres://{USER}@:{PORT}/{HOST}/{NAME}".format(**scratch.settings_dict)
    both = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said


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
