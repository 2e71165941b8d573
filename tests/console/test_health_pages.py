"""The pages about the servers: what they say, and when they ask for attention."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import make_account, make_user
from transactions.models import ImportBatch, ViewRefresh
from transactions.summaries.upkeep import VIEW
from wealthwise.console.front import attention
from wealthwise.console.front.usage import DAYS, figures
from wealthwise.console.health import panels, servers, statements
from wealthwise.console.health.freshness import freshness
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.console.templatetags.console import HEIGHT, WIDTH, share_bar, sparkline
from wealthwise.operations import activity, index_advice, monitoring
from wealthwise.operations.activity import Connections, Database, Replica, Session, TableState
from wealthwise.operations.models import RegularRun
from wealthwise.postgres import catalog
from wealthwise.postgres.catalog import Partition

GOOD_DATABASE = Database("w", 10**9, 0.99, 10**6, 10**6, 0, 0, 0, None, 1000, 200_000_000)
GOOD_TABLE = TableState("transaction", 16, 10**6, 0, 10**8, 10**8, None, None)


@pytest.mark.django_db
def test_the_health_page_says_of_each_panel_what_is_normal(auditor_client: Client, settings: Any) -> None:
    page = auditor_client.get("/console/health/")
    shown = {panel.key: panel for panel in page.context["panels"]}
    assert set(shown) == {
        "connections", "memory", "sessions", "tables", "partitions", "xid", "ids", "requests", "statements", "indexes",
        "advice",
    }  # fmt: skip
    assert all(panel.normal and panel.todo and panel.summary for panel in shown.values())
    assert len(shown["partitions"].bars) == settings.TRANSACTION_PARTITIONS
    assert "/console/health/maintain/" not in page.content.decode()


@pytest.mark.django_db
def test_the_page_says_clearly_that_statements_are_not_collected(auditor_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(monitoring, "_unavailable", lambda connection: monitoring.NOT_LOADED)
    page = auditor_client.get("/console/health/").content.decode()
    assert "pg_stat_statements is not loaded: add it to shared_preload_libraries" in page
    assert "Reset the statistics" not in page


@pytest.mark.django_db
def test_statistics_are_reset_with_an_entry_or_not_at_all(operator_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(monitoring, "_unavailable", lambda connection: monitoring.NOT_LOADED)
    answer = operator_client.post("/console/health/statements/reset/", follow=True)
    assert "pg_stat_statements is not loaded" in answer.content.decode()
    assert not ConsoleLog.objects.exists()
    report = monitoring.StatementReport(True, "", timezone.now(), ())
    monkeypatch.setattr(monitoring, "statement_report", lambda connection, **options: report)
    monkeypatch.setattr(monitoring, "reset_statements", lambda connection: None)
    operator_client.post("/console/health/statements/reset/")
    assert (ConsoleLog.objects.get().action, bool(ConsoleLog.objects.get().before["since"])) == (
        "reset statistics",
        True,
    )


@pytest.mark.django_db
def test_the_plan_page_has_every_row_of_the_command(auditor_client: Client, capsys: Any) -> None:
    from wealthwise.operations.plan.report import report

    page = auditor_client.get("/console/plan/")
    shown = [row.name for _, lines in page.context["sections"] for row, _ in lines]
    assert shown == [row.name for row in report(connection)]
    call_command("plan")
    assert (
        f"{page.context['judged'] - len(page.context['broken'])} of {page.context['judged']}"
        in capsys.readouterr().out
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/console/", "/console/health/", "/console/plan/", "/console/views/"])
def test_no_page_grows_with_the_service(path: str, operator_client: Client, staff: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator_client.get(path).status_code == 200
        assert not [query for query in captured if 'FROM "transaction"' in query["sql"]]
        return len(captured)

    count()
    before = count()
    for number in range(5):
        ViewRefresh.objects.create(view_name=VIEW, finished_at=timezone.now(), checksum=1, row_count=1)
        make_user(f"person{number}")
        ConsoleLog.objects.create(actor="x", actor_uuid=staff.uuid, action="unmask")
    assert count() == before


# What the view is


@pytest.mark.django_db
def test_freshness() -> None:
    now = timezone.now()
    assert (freshness().age, freshness().stale, freshness().failed) == (None, True, False)
    good = ViewRefresh.objects.create(view_name=VIEW, finished_at=now, checksum=1, row_count=5)
    assert (freshness().stale, freshness().failed, freshness().runs[0].result) == (False, False, "5 rows")
    ViewRefresh.objects.filter(pk=good.pk).update(started_at=now - timedelta(hours=3))
    assert freshness().stale
    ViewRefresh.objects.create(view_name=VIEW, finished_at=now, error="disk is full")
    found = freshness()
    assert (found.failed, found.runs[0].result, found.as_of) == (True, "disk is full", good)
    ViewRefresh.objects.create(view_name=VIEW)
    assert freshness().running


# What needs attention


def told() -> list[str]:
    return [notice.text for notice in attention.notices()]


def quiet(monkeypatch: Any) -> None:
    """A service about which nothing is to be said."""
    report = index_advice.IndexReport(None, "", (), ())
    monkeypatch.setattr(index_advice, "index_report", lambda connection, **options: report)
    monkeypatch.setattr(activity, "database", lambda connection: GOOD_DATABASE)
    monkeypatch.setattr(activity, "busy_sessions", lambda connection, seconds: [])
    monkeypatch.setattr(activity, "table_states", lambda connection: [GOOD_TABLE])
    monkeypatch.setattr(activity, "replicas", lambda connection: [])
    monkeypatch.setattr(activity, "connections", lambda connection: Connections(5, 0, 0, 97))
    monkeypatch.setattr(catalog, "partitions_of", lambda connection, table: [])
    monkeypatch.setattr(servers, "cache_information", dict)
    ViewRefresh.objects.create(view_name=VIEW, finished_at=timezone.now(), checksum=1, row_count=1)
    ConsoleJob.objects.create(
        kind="check", actor="x", actor_uuid=User().uuid, finished_at=timezone.now(), outcome="done"
    )


@pytest.mark.django_db
def test_a_sound_service_needs_none(monkeypatch: Any, auditor_client: Client) -> None:
    quiet(monkeypatch)
    assert told() == []
    assert "Nothing. The database, the cache" in auditor_client.get("/console/").content.decode()


WHERE = {"activity": activity, "catalog": catalog, "servers": servers}
PARTS = [Partition(f"transaction_p{n:02}", "", 10_000 if n else 900_000, 1) for n in range(16)]
SESSION = Session(1, "w", "active", 400.0, "", (), "SELECT ?")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "name", "value", "says"),
    [
        ("activity", "database", replace(GOOD_DATABASE, hit_ratio=0.7), "Only 70.0% of the database's reads"),
        (
            "activity",
            "database",
            replace(GOOD_DATABASE, xid_age=400_000_000),
            "Transaction ids are 400,000,000 old.",
        ),
        ("activity", "busy_sessions", [SESSION], "A transaction is open for 7 min."),
        ("activity", "busy_sessions", [replace(SESSION, blocked_by=(7,))], "1 sessions wait for another."),
        (
            "activity",
            "table_states",
            [replace(GOOD_TABLE, dead=10**6)],
            "50% of the rows of transaction are dead.",
        ),
        ("activity", "replicas", [Replica("two", "streaming", 9, 90.0)], "Replicas are behind: two."),
        ("catalog", "partitions_of", PARTS, "The largest partition has 13.7 times the mean."),
        ("servers", "cache_information", None, "The cache does not answer"),
        (
            "servers",
            "cache_information",
            {"keyspace_hits": 10_000, "keyspace_misses": 90_000},
            "Fewer than half",
        ),
    ],
)
def test_what_asks_for_attention(where: str, name: str, value: Any, says: str, monkeypatch: Any) -> None:
    quiet(monkeypatch)
    monkeypatch.setattr(WHERE[where], name, lambda *args, **options: value)
    assert any(text.startswith(says) for text in told()), told()


@pytest.mark.django_db
def test_a_large_index_that_nobody_uses_waits_for_old_counters(monkeypatch: Any) -> None:
    quiet(monkeypatch)
    unused = index_advice.Finding("unused", "transaction", "idx_x", 10**9, "Drop it")
    for warning, says in (("The counters are young", []), ("", ["idx_x takes 953.7 MB and is unused."])):
        report = index_advice.IndexReport(None, warning, (), (unused,))
        monkeypatch.setattr(index_advice, "index_report", lambda connection, report=report, **options: report)
        assert told() == says


@pytest.mark.django_db
def test_what_went_wrong_comes_first(monkeypatch: Any) -> None:
    quiet(monkeypatch)
    now = timezone.now()
    who = {"actor": "x", "actor_uuid": User().uuid, "finished_at": now, "outcome": "failed"}
    ConsoleJob.objects.create(kind="reindex", target="account", note="lock timeout", **who)
    ConsoleJob.objects.create(kind="check", note="Derived numbers of 2 people differ: 4, 5.", **who)
    found = attention.notices()
    assert [(notice.tone, notice.text) for notice in found] == [
        ("bad", "The last self-check did not succeed: Derived numbers of 2 people differ: 4, 5."),
        ("warn", "Reindex concurrently account failed: lock timeout"),
    ]


@pytest.mark.django_db
def test_the_front_page_is_no_greener_than_the_plan(monkeypatch: Any) -> None:
    quiet(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE account DISABLE TRIGGER account_before_write")
    assert told() == ["Trigger account_before_write on account is switched off."]


@pytest.mark.django_db
def test_ids_that_run_out_are_counted_by_their_type() -> None:
    with connection.cursor() as cursor:
        for kind in ("smallint", "bigint"):
            cursor.execute(f"CREATE TABLE few_{kind} (id {kind} GENERATED ALWAYS AS IDENTITY)")
            cursor.execute(f"SELECT setval('few_{kind}_id_seq', 25000)")
    first, second = activity.identity_uses(connection, limit=2)
    assert (first.table, first.type, round(first.share, 2)) == ("few_smallint", "smallint", 0.76)
    assert second.share < 0.01


def test_few_reads_and_few_rows_say_nothing() -> None:
    assert not servers.database_misses(replace(GOOD_DATABASE, hit_ratio=0.2, blocks=50))
    assert not servers.cache_misses({"keyspace_hits": 1, "keyspace_misses": 9})
    assert not servers.is_dirty(replace(GOOD_TABLE, rows=10, dead=90))
    assert not servers.is_skewed([replace(part, estimated_rows=part.estimated_rows // 1000) for part in PARTS])


def test_panels_judge_by_the_same_limits() -> None:
    assert servers.memory(replace(GOOD_DATABASE, hit_ratio=0.7), {}).tone == "warn"
    assert servers.memory(GOOD_DATABASE, None).tone == "bad"
    assert servers.partitions(PARTS).tone == "warn"
    assert servers.partitions([]).summary == "The ledger is one table."
    assert servers.tables(GOOD_DATABASE, [replace(GOOD_TABLE, dead=10**6)], actions=True).tone == "warn"
    assert servers.sessions([replace(SESSION, blocked_by=(7,))], actions=False).tone == "bad"
    assert servers.replication([]) is None
    assert servers.connections(Connections(90, 0, 0, 97)).tone == "warn"
    late = servers.replication([Replica("two", "catchup", None, None)])
    assert late is not None
    assert late.tone == "warn"


def test_a_statement_with_most_of_the_time_is_marked() -> None:
    heavy = monitoring.StatementCost("SELECT pg_sleep($1)", 10, 9000.0, 90_000.0, 0.9, 10, None, False)
    panel = statements.slow(monitoring.StatementReport(True, "", None, (heavy,)), actions=True)
    assert (panel.tone, panel.action) == ("warn", "reset")
    idle = replace(heavy, total_ms=9.0, mean_ms=0.9)
    assert statements.slow(monitoring.StatementReport(True, "", None, (idle,)), actions=False).tone == "good"


# Figures


@pytest.mark.django_db
def test_figures_count_by_the_day_of_who_looks(owner: User) -> None:
    import zoneinfo

    now = timezone.now()
    with timezone.override(zoneinfo.ZoneInfo("Pacific/Auckland")):
        today = timezone.localdate()
        User.objects.filter(pk=owner.pk).update(created_at=now)
        old = make_user("old")
        User.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=DAYS + 5))
        account = make_account(owner)
        for state, rows in (("committed", 40), ("committed", 2), ("uploaded", 9), ("reverted", 9)):
            ImportBatch.objects.create(user=owner, account=account, kind="csv", state=state, new_count=rows)
        sign_ups, imports, _ = figures()
        assert (len(sign_ups.values), sign_ups.today, sum(sign_ups.values)) == (DAYS, 1, 1)
        assert (imports.today, imports.note) == (2, f"2 files, 42 rows in {DAYS} days")
        assert timezone.localdate() == today


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_a_sparkline_stays_in_its_box(values: list[int]) -> None:
    drawn = sparkline(values, "Sign-ups")
    points = [tuple(map(float, pair.split(","))) for pair in drawn["runs"][0].split()]
    assert len(points) == len(values)
    assert all(0 <= x <= WIDTH + 0.1 and 0 <= y <= HEIGHT for x, y in points)


@given(st.floats(-5, 5, allow_nan=False))
def test_a_bar_is_never_longer_than_its_track(share: float) -> None:
    assert 0 <= float(share_bar(share)["width"]) <= 100


@given(st.floats(0, 0.9999999))
def test_less_than_all_is_never_written_as_all(share: float) -> None:
    assert panels.percent(share) != "100.0%"


@given(st.floats(0, 10**9, allow_nan=False))
def test_a_duration_has_one_unit(seconds: float) -> None:
    number, unit = panels.duration(seconds).split()
    length = {"s": 1, "min": 60, "h": 3600, "d": 86400}[unit]
    assert abs(int(number) * length - seconds) <= length / 2 + 0.001


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_and_who_waits_for_it_are_found(django_db_blocker: Any) -> None:
    import threading
    import time

    from django.db import connections, transaction

    owner = make_user("owner")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(User.objects.select_for_update().filter(pk=owner.pk))
            held.set()
            release.wait(20)
        connections.close_all()

    def wait() -> None:
        held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE "user" SET first_name = 'Se''cret', last_name = '12.50' WHERE id = %s""", [owner.pk]
            )
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (hold, wait)]
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + 15
        blocked: list[Session] = []
        while not blocked and time.monotonic() < deadline:
            found = activity.busy_sessions(connection, seconds=0)
            blocked = [session for session in found if session.blocked_by]
            time.sleep(0.1)
    finally:
        release.set()
        for thread in threads:
            thread.join()
    (waiting,) = blocked
    assert waiting.blocked_by[0] in [session.pid for session in found]
    assert not [text for text in ("cret", "12.50", str(owner.pk)) if text in waiting.query.replace("first_name", "")]
    assert waiting.query.startswith('UPDATE "user" SET first_name = ?')


@pytest.mark.django_db
def test_the_catalog_answers(owner: User, settings: Any) -> None:
    assert activity.database(connection).size > 0
    assert activity.connections(connection).used >= 1
    tables = {table.name: table for table in activity.table_states(connection)}
    assert tables["transaction"].parts == max(settings.TRANSACTION_PARTITIONS, 1)
    assert "transaction_p00" not in tables
    assert activity.estimated_rows(connection, "no_such_table") == 0


@pytest.mark.django_db
def test_regular_work_that_failed_or_is_late_is_told(monkeypatch: Any) -> None:
    quiet(monkeypatch)
    now = timezone.now()
    RegularRun.objects.create(name="plan", next_at=now, started_at=now, finished_at=now, outcome="done")
    RegularRun.objects.create(name="work", next_at=now, started_at=now)
    assert told() == []
    RegularRun.objects.create(name="backup", next_at=now, started_at=now, finished_at=now, outcome="failed")
    RegularRun.objects.create(name="prune", next_at=now - timedelta(days=2, hours=1))
    assert told() == ["Regular work failed: backup.", "Regular work is late by 2 d: prune."]
