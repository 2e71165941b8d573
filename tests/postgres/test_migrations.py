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
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, models
from django.db.migrations import CreateModel, Migration, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from tests.conftest import ROOT
from tests.databases import administrator, made_with, migrated, scratch_database
from wealthwise.operations.plan.definitions import differences
from wealthwise.postgres.patience import PatientExecutor

APPS = ["accounts", "transactions", "budgets"]
# Of the site and of libraries: whatever has tables and is not of Django itself.
OWN = [app.label for app in apps.get_app_configs() if not app.name.startswith("django.")]


def migrate(*arguments: str) -> None:
    call_command("migrate", *arguments, database="scratch", verbosity=0, interactive=False, skip_checks=True)


def names(database: Any, sql: str) -> set[str]:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
# Whatever is in the schema and is neither Django's nor of an extension.
LEFT_BEHIND = """
WITH of_extensions AS (SELECT objid FROM pg_depend WHERE deptype = 'e')
SELECT relname::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relname !~ '^(django|auth)_' AND oid NOT IN (TABLE of_extensions)
UNION ALL SELECT proname::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND oid NOT IN (TABLE of_extensions)
UNION ALL SELECT typname::text FROM pg_type
WHERE typnamespace = 'public'::regnamespace AND typname !~ '^_?(django|auth)_' AND oid NOT IN (TABLE of_extensions)
"""
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'transaction'::regclass"


def back_to_nothing(scratch: Any) -> None:
    """All of the site's own in one walk; what Django made beside it stays."""
    executor = PatientExecutor(scratch)
    executor.migrate([(app, None) for app in OWN if app in executor.loader.migrated_apps])
    assert names(scratch, LEFT_BEHIND) == set()


def test_back_from_the_other_kind_of_ledger(django_db_blocker: Any) -> None:
    """Most runs have partitions, and one a plain table; each is told from the other by the migration itself."""
    other = 0 if settings.TRANSACTION_PARTITIONS else 16
    with django_db_blocker.unblock(), scratch_database(migrated(other)) as scratch:
        assert names(scratch, INVALID) == set()
        assert len(names(scratch, PARTITIONS)) == other
        assert differences(scratch) == []
        back_to_nothing(scratch)


def test_as_many_partitions_as_are_asked_for(scratch: Any) -> None:
    with made_with(4):
        migrate("transactions", "0001")
    assert len(names(scratch, PARTITIONS)) == 4


def test_what_was_interrupted_is_resumed_by_the_same_command_and_goes_back(scratch: Any) -> None:
    """A migration outside of a transaction may end anywhere: here each is done and not noted, then done again.

    What comes of it leads back to nothing, and the first of it forward again.
    """
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
    assert len(names(scratch, PARTITIONS)) == settings.TRANSACTION_PARTITIONS
    back_to_nothing(scratch)
    migrate("transactions", "0001")
    assert len(names(scratch, PARTITIONS)) == settings.TRANSACTION_PARTITIONS


def test_an_index_that_was_not_finished_is_built_anew(scratch: Any) -> None:
    migrate("accounts", "0001")
    with scratch.cursor() as cursor:
        cursor.execute("CREATE INDEX idx_account_user_active ON account (id)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_account_user_active'::regclass")
    migrate("accounts", "0002")
    assert names(scratch, INVALID) == set()


def test_two_starts_at_once_take_turns(scratch: Any) -> None:
    """Two first ones, as far as people: each would make the same tables, and so the second finds them."""
    command = [sys.executable, "manage.py", "migrate", "accounts", "--skip-checks", "--verbosity", "0"]
    url = "postgres://{USER}@:{PORT}/{HOST}/{NAME}".format(**scratch.settings_dict)
    both = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert names(scratch, 'SELECT 1::text FROM "user"') == set()


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


class Keyed(Migration):
    """A table that is made at once, and its key by a statement that Django keeps for the end."""

    operations = (
        CreateModel(
            "Keyed",
            [
                ("id", models.AutoField(primary_key=True)),
                ("subcategory", models.ForeignKey("transactions.Subcategory", models.CASCADE)),
            ],
            {"db_table": "keyed"},
        ),
    )


def test_a_migration_whose_last_statements_wait_in_vain_is_rolled_back_and_tried_again(migrated_scratch: Any) -> None:
    """Keys are made by statements that Django keeps for the end, after which it would leave its transaction open."""
    migration = Keyed("keyed", "transactions")
    with administrator(migrated_scratch.settings_dict["NAME"]) as writer, ThreadPoolExecutor(1) as pool:
        with writer.transaction():
            writer.execute("LOCK TABLE subcategory IN ROW EXCLUSIVE MODE")
            task = pool.submit(
                _apart, lambda executor: executor.apply_migration(executor.loader.project_state(), migration)
            )
            _until(writer, "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'subcategory'::regclass")
            time.sleep(0.5)
            assert not task.done()
            assert writer.execute("SELECT to_regclass('keyed')").fetchone() == (None,)
        task.result(60)
    keys = "SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = 'keyed'::regclass"
    assert names(migrated_scratch, keys) == {"subcategory"}


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

    assert command.CarefulExecutor is django_command.MigrationExecutor  # type: ignore[attr-defined]  # theirs
    assert issubclass(command.CarefulExecutor, PatientExecutor)


PERSON = """
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
VALUES ('', false, gen_random_uuid(), 'ada', 'ada@example.com', '', '', '', '', 'USD', 'UTC', 'system', 5, '',
        true, false)
"""
TAG = """INSERT INTO tag (user_id, name) SELECT id, 'journey' FROM "user" """


def test_the_way_back_says_what_would_be_lost_and_loses_nothing(migrated_scratch: Any) -> None:
    with migrated_scratch.cursor() as cursor:
        cursor.execute(PERSON)
        cursor.execute(TAG)
    with pytest.raises(CommandError, match=r"would lose tag \(1 row\)\. Nothing was changed"):
        migrate("transactions", "0041")
    assert names(migrated_scratch, "SELECT name FROM tag") == {"journey"}
    call_command(
        "migrate",
        "transactions",
        "0041",
        database="scratch",
        verbosity=0,
        interactive=False,
        skip_checks=True,
        lose=True,
    )
    assert names(migrated_scratch, "SELECT relname::text FROM pg_class WHERE relname = 'tag'") == set()
    with pytest.raises(CommandError, match=r"would lose .*user \(1 row\)"):
        migrate("accounts", "zero")


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
