"""Migrations from zero, back to nothing, and again with a plain table; model and schema agree."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations import Migration, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from tests.conftest import ROOT
from tests.databases import administrator
from wealthwise.operations.plan.definitions import differences
from wealthwise.postgres.patience import PatientExecutor

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
WHERE n.nspname = 'public' AND proname ~ '^(most_rows|transaction|recompute|user_after|account_before|budget_carried)'
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
        assert differences(scratch) == []
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
    assert differences(scratch) == []


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


class Meeting(Migration):
    """Locks accounts and then transactions, as a change of both does, on its way back too."""

    accounts, ledger = (f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE" for table in ("account", "transaction"))
    operations = (RunSQL(accounts, ledger), RunSQL(ledger, accounts))


@pytest.mark.parametrize("backwards", [False, True])
def test_a_writer_and_a_migration_that_lock_in_other_orders_both_go_on(migrated_scratch: Any, backwards: bool) -> None:
    """The writer holds the ledger while the migration holds the accounts, which the writer asks for then.

    It has waited for half of what PostgreSQL lets it wait before it looks for a circle, which it would be ended for.
    """
    migration, said = Meeting("meeting", "accounts"), list[str]()

    def work(executor: PatientExecutor) -> None:
        executor.progress_callback = lambda action, *_: said.append(action)
        (executor.unapply_migration if backwards else executor.apply_migration)(ProjectState(), migration)

    with administrator(migrated_scratch.settings_dict["NAME"]) as writer, ThreadPoolExecutor(1) as pool:
        with writer.transaction():
            writer.execute("SELECT 1 FROM transaction FOR UPDATE")
            task = pool.submit(_apart, work)
            _until(writer, "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'transaction'::regclass")
            writer.execute("SELECT 1 FROM account FOR UPDATE")
            time.sleep(0.5)
            assert not task.done()
        task.result(60)
    way = "unapply" if backwards else "apply"
    assert said == [f"{way}_start", f"{way}_success"]


def test_a_migration_whose_last_statements_wait_in_vain_is_rolled_back_and_tried_again(migrated_scratch: Any) -> None:
    """Keys are made by statements that Django keeps for the end, after which it would leave its transaction open."""
    PatientExecutor(migrated_scratch).migrate([("transactions", "0022_balance_check_import")])
    with administrator(migrated_scratch.settings_dict["NAME"]) as writer, ThreadPoolExecutor(1) as pool:
        with writer.transaction():
            writer.execute("LOCK TABLE subcategory IN ROW EXCLUSIVE MODE")
            task = pool.submit(_apart, lambda executor: executor.migrate([("transactions", "0023_import_edit")]))
            _until(writer, "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'subcategory'::regclass")
            time.sleep(0.5)
            writer.execute("SELECT 1 FROM import_batch FOR UPDATE")
        task.result(60)
    assert "import_edit" in names(migrated_scratch, "SELECT relname::text FROM pg_class WHERE relname = 'import_edit'")


def test_a_migration_gives_up_after_a_while_with_a_sentence(
    migrated_scratch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wealthwise.postgres.patience.MOST", 0.0)
    migration = Meeting("meeting", "accounts")
    with administrator(migrated_scratch.settings_dict["NAME"]) as writer, writer.transaction():
        writer.execute("SELECT 1 FROM transaction FOR UPDATE")
        with pytest.raises(OperationalError, match=r"could not lock its tables.*run the command again"):
            PatientExecutor(migrated_scratch).apply_migration(ProjectState(), migration)
    assert not migrated_scratch.in_atomic_block
    assert names(migrated_scratch, "SHOW lock_timeout") == {"0"}


def test_the_command_migrates_patiently() -> None:
    from django.core.management.commands import migrate as django_command

    from wealthwise.operations.management.commands import migrate as command

    assert command.PatientExecutor is django_command.MigrationExecutor  # type: ignore[attr-defined]  # theirs


def _until(writer: Any, sql: str) -> None:
    for _ in range(500):
        if writer.execute(sql).fetchone():
            return
        time.sleep(0.01)
    raise AssertionError("Nobody waited.")


def _apart(work: Callable[[PatientExecutor], object]) -> None:
    """In a thread, which has connections of its own."""
    with closing(connections["scratch"]) as database:
        work(PatientExecutor(database))


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
