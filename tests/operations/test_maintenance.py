"""Vacuum, analyze and reindex on real tables: partition by partition, interruptible, repeatable."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.factories import make_account, make_transaction, make_user
from wealthwise.operations import maintenance
from wealthwise.operations.maintenance import MaintenanceError
from wealthwise.postgres import catalog

REMNANT = "fruit_colour_idx_ccnew"
# Of a table that has no partition yet, as that of health is until its first sample, PostgreSQL keeps no statistics.
NEVER_ANALYZED = """
SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.last_analyze IS NULL AND NOT (c.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid))
"""


def maintain(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("maintain", *arguments, stdout=out, **options)
    return out.getvalue()


def steps(*arguments: str, **options: Any) -> list[dict[str, Any]]:
    answer = json.loads(maintain(*arguments, "--json", **options))
    assert set(answer) == {"action", "interrupted", "milliseconds", "steps"}
    found: list[dict[str, Any]] = answer["steps"]
    return found


def run(on: Any, sql: str) -> Any:
    with on.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


@contextmanager
def session(on: Any) -> Iterator[psycopg.Connection[Any]]:
    """A second connection to the database of ``on``."""
    known = on.get_connection_params()
    parameters = {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    with psycopg.connect(**parameters, autocommit=True) as other:
        yield other


def transaction_parts() -> list[str]:
    return [partition.name for partition in catalog.partitions_of(connection, "transaction")] or ["transaction"]


@pytest.fixture
def ledger(transactional_db: None) -> None:
    user = make_user("keeper")
    account = make_account(user)
    for _ in range(3):
        make_transaction(user, account=account)


@pytest.fixture
def fruit(scratch: Any) -> Any:
    run(scratch, "CREATE TABLE fruit (id int PRIMARY KEY, colour int)")
    run(scratch, "CREATE INDEX fruit_colour_idx ON fruit (colour)")
    run(scratch, "INSERT INTO fruit SELECT n, n % 7 FROM generate_series(1, 100) n")
    return scratch


# Steps


@pytest.mark.django_db
def test_every_table_and_the_view_are_there_and_no_partition_is() -> None:
    tables = {table.name: table for table in maintenance.tables(connection)}
    assert {"user", "account", "transaction", "budget", "user_spending_summary", "web_session"} <= set(tables)
    assert tables["transaction"].parts == tuple(transaction_parts())
    assert not set(tables) & set(transaction_parts()[1:])


def test_copies_of_a_conversion_are_left_alone(fruit: Any) -> None:
    run(fruit, "CREATE TABLE fruit_old (id int)")
    run(fruit, "CREATE TABLE fruit_new (id int)")
    run(fruit, "CREATE TABLE something_new (id int)")
    assert [table.name for table in maintenance.tables(fruit)] == ["fruit", "something_new"]


@pytest.mark.parametrize("action", ["analyze", "vacuum"])
@pytest.mark.parametrize("alone", [True, False], ids=["18", "before 18"])
def test_no_partition_is_analyzed_twice(action: str, alone: bool) -> None:
    table = maintenance.Table("t", True, ("t_0", "t_1"))
    found = [step.statement for step in maintenance._table_steps(table, action, alone=alone)]
    expected = {
        ("analyze", True): ['ANALYZE "t_0"', 'ANALYZE "t_1"', 'ANALYZE ONLY "t"'],
        ("analyze", False): ['ANALYZE "t"'],
        ("vacuum", True): ['VACUUM (ANALYZE) "t_0"', 'VACUUM (ANALYZE) "t_1"', 'ANALYZE ONLY "t"'],
        ("vacuum", False): ['VACUUM "t_0"', 'VACUUM "t_1"', 'ANALYZE "t"'],
    }
    assert found == expected[action, alone]


def test_names_are_quoted() -> None:
    table = maintenance.Table('a"b', False, ('a"b',))
    assert [step.statement for step in maintenance._table_steps(table, "analyze", alone=True)] == ['ANALYZE "a""b"']


# Analyze and vacuum


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("action", ["analyze", "vacuum"])
def test_statistics_of_every_partition_the_whole_and_the_view(action: str) -> None:
    run(connection, "DELETE FROM pg_statistic WHERE starelid = 'transaction'::regclass")
    run(connection, "SELECT pg_stat_reset()")
    done = steps(action)
    assert {step["outcome"] for step in done} == {"done"}
    targets = [step["target"] for step in done]
    assert {"transaction", "user", "user_spending_summary"} <= set(targets)
    assert len(targets) == len(set(targets))
    assert run(connection, "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'transaction'") == [(True,)]
    assert run(connection, NEVER_ANALYZED) == []


@pytest.mark.usefixtures("ledger")
def test_vacuum_removes_dead_rows_and_is_seen_by_the_server() -> None:
    run(connection, "DELETE FROM transaction")
    before = run(connection, "SELECT sum(vacuum_count) FROM pg_stat_user_tables WHERE relname LIKE 'transaction%'")
    maintain("vacuum", "--table", "transaction")
    run(connection, "SELECT pg_stat_force_next_flush()")
    after = run(connection, "SELECT sum(vacuum_count) FROM pg_stat_user_tables WHERE relname LIKE 'transaction%'")
    assert after[0][0] - before[0][0] == len(transaction_parts())


@pytest.mark.parametrize("action", maintenance.ACTIONS)
def test_an_empty_database_has_nothing_to_do(scratch: Any, action: str) -> None:
    assert maintain(action, database="scratch") == f"{action}: 0 steps in 0.0 s.\n"
    assert steps(action, database="scratch") == []


@pytest.mark.usefixtures("ledger")
def test_one_table_only() -> None:
    assert [step["statement"] for step in steps("analyze", "--table", "account")] == ['ANALYZE "account"']
    told = maintain("analyze", "--table", "account")
    assert [line.split()[:3] for line in told.splitlines()] == [["account", "1", "done"], ["analyze:", "1", "steps"]]


def test_an_unknown_table_is_answered_with_those_there_are(fruit: Any) -> None:
    with pytest.raises(CommandError, match=r"There is no table fruits\. There are: fruit\."):
        maintain("vacuum", "--table", "fruits", database="scratch")


@pytest.mark.django_db
def test_a_partition_is_no_table_of_its_own() -> None:
    for name in transaction_parts()[1:]:
        with pytest.raises(MaintenanceError, match="There is no table"):
            maintenance.choose(connection, name)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(CommandError, match="cannot run inside a transaction"):
        maintain("vacuum")


def test_the_table_of_another_owner_is_told_as_skipped(fruit: Any) -> None:
    role = f"visitor_{os.getpid()}"
    run(fruit, f"CREATE ROLE {role}")
    try:
        run(fruit, f"SET ROLE {role}")
        (step,) = steps("analyze", database="scratch")
        assert step["outcome"] == "skipped"
        assert "fruit" in step["note"]
    finally:
        run(fruit, "RESET ROLE")
        run(fruit, f"DROP ROLE {role}")


def test_a_failure_is_told_and_the_rest_is_done(fruit: Any) -> None:
    run(fruit, "CREATE TABLE apple (id int PRIMARY KEY)")
    run(fruit, "SET lock_timeout = '50ms'")
    with session(fruit) as other, other.transaction():
        other.execute("LOCK TABLE apple IN SHARE UPDATE EXCLUSIVE MODE")
        with pytest.raises(CommandError, match=r'1 of 2 steps failed:\n  ANALYZE "apple": .*lock timeout'):
            maintain("analyze", database="scratch")
    assert run(fruit, "SELECT count(*) FROM pg_stats WHERE tablename = 'fruit'") == [(2,)]


# Reindex


@pytest.mark.usefixtures("ledger")
def test_reindex_rebuilds_every_index_and_leaves_all_valid() -> None:
    node = "SELECT relname, relfilenode FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace"
    before, indexes = dict(run(connection, node)), catalog.indexes(connection)
    done = steps("reindex")
    rebuilt = {step["target"] for step in done if step["outcome"] == "done"}
    skipped = {step["target"] for step in done if step["outcome"] == "skipped"}
    after = dict(run(connection, node))
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == rebuilt
    assert skipped == {index.name for index in indexes if index.constraint == "x"}
    assert rebuilt | skipped == {index.name for index in indexes if not index.partitioned}
    assert all(index.valid for index in catalog.indexes(connection))
    assert [index.parent for index in catalog.indexes(connection)] == [index.parent for index in indexes]


@pytest.mark.usefixtures("ledger")
def test_the_index_of_an_exclusion_constraint_is_named_with_what_to_run() -> None:
    told = maintain("reindex", "--table", "budget_period")
    assert "run: REINDEX INDEX budget_period_no_overlap" in told


def interrupt_when_building(fruit: Any) -> threading.Thread:
    """Press Ctrl-C, from a thread, as soon as the new index is there."""

    def watch() -> None:
        with session(fruit) as other:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                if other.execute("SELECT to_regclass(%s) IS NOT NULL", [REMNANT]).fetchone() == (True,):
                    os.kill(os.getpid(), signal.SIGINT)
                    return
                time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def leave_remnant(fruit: Any, *arguments: str) -> pytest.ExceptionInfo[CommandError]:
    """Run a reindex that waits for a writer, and interrupt it."""
    with session(fruit) as writer, writer.transaction():
        writer.execute("UPDATE fruit SET colour = 8 WHERE id = 1")
        thread = interrupt_when_building(fruit)
        with pytest.raises(CommandError) as caught:
            maintain("reindex", *arguments, database="scratch")
        thread.join()
    return caught


def test_ctrl_c_ends_with_a_sentence_and_the_next_run_clears_up(fruit: Any) -> None:
    caught = leave_remnant(fruit)
    assert caught.value.returncode == 130
    assert str(caught.value) == (
        "Interrupted after 0 of 2 steps; what is done stays done. The old index goes on serving; an unfinished new "
        "one is dropped by the next run. Run the same command again to do the whole work."
    )
    assert catalog.index_is_valid(fruit, REMNANT) is False
    assert catalog.index_is_valid(fruit, "fruit_colour_idx") is True
    told = maintain("reindex", database="scratch")
    assert f"{REMNANT}: left by an interrupted rebuild, dropped." in told
    assert "2 done" in told
    assert catalog.index_is_valid(fruit, REMNANT) is None
    assert all(index.valid for index in catalog.indexes(fruit))
    assert "dropped" not in maintain("reindex", database="scratch")


def test_what_was_done_before_ctrl_c_is_printed(fruit: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(fruit, "CREATE TABLE apple (id int PRIMARY KEY)")
    out = StringIO()
    with session(fruit) as writer, writer.transaction():
        writer.execute("UPDATE fruit SET colour = 8 WHERE id = 1")
        thread = interrupt_when_building(fruit)
        with pytest.raises(CommandError, match="Interrupted after 1 of 3 steps"):
            call_command("maintain", "reindex", "--json", database="scratch", stdout=out)
        thread.join()
    answer = json.loads(out.getvalue())
    assert answer["interrupted"] is True
    assert [step["target"] for step in answer["steps"]] == ["apple_pkey"]


def test_what_another_session_is_building_is_not_dropped(fruit: Any) -> None:
    with session(fruit) as builder, session(fruit) as writer:
        with writer.transaction():
            writer.execute("UPDATE fruit SET colour = 8 WHERE id = 1")
            rebuild = "REINDEX INDEX CONCURRENTLY fruit_colour_idx"
            thread = threading.Thread(target=builder.execute, args=[rebuild])
            thread.start()
            until = time.monotonic() + 20
            while catalog.index_is_valid(fruit, REMNANT) is None and time.monotonic() < until:
                time.sleep(0.02)
            planned = maintenance.plan(fruit, "reindex")
        thread.join()
    assert (planned[0].target, planned[0].skip) == (REMNANT, "another session is building it")
    assert catalog.index_is_valid(fruit, "fruit_colour_idx") is True


def test_an_index_that_a_failed_build_left_is_mended(fruit: Any) -> None:
    with session(fruit) as other, pytest.raises(psycopg.errors.UniqueViolation):
        other.execute("CREATE UNIQUE INDEX CONCURRENTLY fruit_unique ON fruit (colour)")
    run(fruit, "UPDATE fruit SET colour = id")
    assert catalog.index_is_valid(fruit, "fruit_unique") is False
    maintain("reindex", database="scratch")
    assert catalog.index_is_valid(fruit, "fruit_unique") is True
