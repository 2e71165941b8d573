"""The numbers that are kept and drawn, what is called out from one look to the next, and who is told."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.console.test_health_pages import GOOD_DATABASE, quiet
from tests.databases import administrator
from wealthwise.console.front import alarms
from wealthwise.console.front.attention import notices
from wealthwise.console.health import history, samples, servers, statements, traffic
from wealthwise.console.models import ConsoleLog, HealthAlarm, HealthSample
from wealthwise.devserver.backup.bases import SEGMENT, number_of
from wealthwise.operations import activity, monitoring
from wealthwise.operations.activity import IdentityUse, Progress, Session, Slot
from wealthwise.operations.telemetry import metrics

pytestmark = pytest.mark.django_db


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'health_sample'::regclass")
        return sorted(name for (name,) in cursor.fetchall())


def stored(metric: str, label: str, value: float, ago: timedelta) -> None:
    HealthSample.objects.create(metric=metric, label=label, value=value, taken_at=timezone.now() - ago)


def test_a_sample_has_every_kind_of_number(settings: Any) -> None:
    assert samples.take() == HealthSample.objects.count()
    found = set(HealthSample.objects.values_list("metric", flat=True))
    assert {"database_size", "connections", "table_bytes", "dead_rows", "checkpoints", "index_bloat"} <= found
    assert {"statement_calls", "statement_ms", "cache_keyspace_hits"} <= found
    ledger = HealthSample.objects.get(metric="table_bytes", label="transaction")
    assert ledger.value == next(t.total for t in activity.table_states(connection) if t.name == "transaction")
    today = timezone.now().astimezone(UTC).date()
    days = [today + timedelta(days=ahead) for ahead in range(samples.AHEAD + 1)]
    assert partitions() == [f"health_sample_{day:%Y%m%d}" for day in days]
    samples.take()
    assert len(partitions()) == len(days)


def test_old_days_go_and_newer_ones_stay(settings: Any) -> None:
    settings.HEALTH_HISTORY_DAYS = 3
    today = timezone.now().astimezone(UTC).date()
    samples._keep_partitions(today - timedelta(days=30))
    samples._keep_partitions(today - timedelta(days=5))
    samples.take()
    assert partitions()[0] == f"health_sample_{today - timedelta(days=3):%Y%m%d}"


@pytest.mark.django_db(transaction=True)
def test_who_reads_for_long_holds_up_neither_samples_nor_those_who_look(monkeypatch: Any) -> None:
    monkeypatch.setattr(samples, "PATIENCE", 0.5)
    samples.take()
    try:
        days = partitions()
        monkeypatch.setattr(samples, "AHEAD", samples.AHEAD + 1)
        with administrator(connection.settings_dict["NAME"]) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM health_sample")
            assert samples.take() > 0
            assert partitions() == days
            reading.execute("COMMIT")
        samples.take()
        assert len(partitions()) == len(days) + 1
    finally:
        with connection.cursor() as cursor:
            for name in partitions():
                cursor.execute(f"DROP TABLE {name}")


def test_each_process_adds_what_its_requests_took(client: Client) -> None:
    samples.take()
    HealthSample.objects.all().delete()
    recorder = samples.RequestRecorder()
    recorder.record()
    HealthSample.objects.all().delete()
    metrics.observe("transactions:list", 200, 0.03, 5)
    metrics.observe("transactions:list", 500, 3.0, 5)
    recorder.record()
    found = dict(HealthSample.objects.filter(metric="requests").values_list("label", "value"))
    assert found == {"2xx": 1, "5xx": 1}
    buckets = dict(HealthSample.objects.filter(metric="request_bucket").values_list("label", "value"))
    assert (buckets.get("0.025"), buckets["0.05"], buckets["10.0"], buckets["+Inf"]) == (None, 1, 2, 2)
    assert history.percentile({float(k.replace("+Inf", "inf")): v for k, v in buckets.items()}, 0.95) == 10.0


def test_errors_and_waiting_requests_are_called_out() -> None:
    samples.take()
    assert (traffic.traffic().tone, traffic.traffic().alarms) == ("", [])
    stored("pool_queued", "", 1, timedelta(minutes=3))  # the first request of a process, whose pool has nothing yet
    stored("requests", "2xx", 1, timedelta(minutes=3))
    assert (traffic.traffic().tone, traffic.traffic().alarms) == ("good", [])
    stored("requests", "2xx", 989, timedelta(minutes=1))
    assert traffic.traffic().tone == "good"
    stored("requests", "5xx", 20, timedelta(minutes=2))
    stored("requests", "5xx", 500, timedelta(minutes=30))
    assert [alarm.text for alarm in traffic.traffic().alarms] == [
        "2.0% of the requests of the last minutes were answered by an error."
    ]
    stored("pool_queued", "", 100, timedelta(minutes=2))
    assert [alarm.tone for alarm in traffic.traffic().alarms] == ["bad"]
    stored("pool_queued", "", 1, timedelta(minutes=1))
    assert [alarm.tone for alarm in traffic.traffic().alarms] == ["bad", "warn"]


def test_the_page_draws_what_was_recorded(auditor_client: Client) -> None:
    empty = auditor_client.get("/console/history/")
    assert all(line.note == "not recorded" for line in empty.context["lines"])
    samples.take()
    for hours, commits, connections in ((2, 1000.0, 4.0), (1, 1500.0, 8.0)):
        HealthSample.objects.create(
            metric="database_commits", label="", value=commits, taken_at=timezone.now() - timedelta(hours=hours)
        )
        stored("connections", "idle", connections, timedelta(hours=hours))
        stored("statement_calls", "77", commits, timedelta(hours=hours))
        stored("statement_ms", "77", commits * 3, timedelta(hours=hours))
    for span in history.SPANS:
        page = auditor_client.get("/console/history/", {"span": span})
        shown = {line.title: line for line in page.context["lines"]}
        assert 8.0 in shown["Connections"].values or span in ("7d", "30d")
        assert page.status_code == 200
    shown = {line.title: line for line in auditor_client.get("/console/history/?span=6h").context["lines"]}
    assert 500.0 in shown["Transactions committed"].values
    [statement] = [line for line in page.context["panel"].lines if line.cells[0].text == "77"]
    assert [cell.text for cell in statement.cells] == ["77", "500", "3.00 ms", "1,500 ms"]
    assert auditor_client.get("/console/history/?span=1y").status_code == 404


def test_a_page_of_history_takes_as_many_statements_as_ever(
    auditor_client: Client, django_assert_max_num_queries: Any
) -> None:
    samples.take()
    auditor_client.get("/console/history/")
    with django_assert_max_num_queries(9):
        auditor_client.get("/console/history/?span=30d")


@given(st.dictionaries(st.integers(0, 71), st.floats(0, 10**9), max_size=20))
def test_growth_is_never_negative_and_adds_up_while_nothing_begins_anew(values: dict[int, float]) -> None:
    growth = history.grown(values)
    assert all(value >= 0 for value in growth.values())
    rising = dict(zip(sorted(values), sorted(values.values()), strict=True))
    ends = list(rising.values())
    assert sum(history.grown(rising).values()) == pytest.approx(ends[-1] - ends[0] if ends else 0)


# What is called out


def test_front_page_and_health_page_call_out_the_same(monkeypatch: Any, operator_client: Client) -> None:
    quiet(monkeypatch)
    slow = monitoring.StatementCost("SELECT pg_sleep($1)", 10, 29_000.0, 290_000.0, 0.2, 10, None, False)
    report = monitoring.StatementReport(True, "", None, (slow,))
    monkeypatch.setattr(monitoring, "statement_report", lambda connection, **options: report)
    monkeypatch.setattr(activity, "identity_uses", lambda c: [IdentityUse("budget", "id", "integer", 9, 0.71)])
    monkeypatch.setattr(activity, "slots", lambda c: [Slot("old", False, "reserved", 10**9)])
    front = [notice.text for notice, _ in operator_client.get("/console/").context["notices"]]
    health = [
        alarm.text for panel in operator_client.get("/console/health/").context["panels"] for alarm in panel.alarms
    ]
    assert sorted(front) == sorted(health)
    assert front == [
        "budget.id has used 71% of its numbers.",
        "The slot old is read by nobody and keeps 953.7 MB.",
        "A statement takes 29,000 ms a call, 10 calls so far.",
    ]


def test_maintenance_may_take_long_and_few_calls_say_nothing() -> None:
    def panel(query: str, calls: int) -> str:
        cost = monitoring.StatementCost(query, calls, 29_000.0, 1.0, 0.0, 1, None, False)
        return statements.slow(monitoring.StatementReport(True, "", None, (cost,)), actions=False).tone

    assert panel("SELECT 1", 10) == "warn"
    assert panel("SELECT 1", 2) == "good"
    assert panel("REFRESH MATERIALIZED VIEW CONCURRENTLY user_spending_summary", 10) == "good"


def test_a_lost_slot_and_work_that_goes_on() -> None:
    panel = servers.replication_slots([Slot("a", True, "reserved", 5), Slot("b", True, "lost", None)])
    assert panel is not None
    assert (panel.tone, len(panel.alarms)) == ("bad", 1)
    working = servers.going_on([Progress(1, "vacuum", "account", "scanning heap", 5, 10, True)])
    assert working is not None
    assert (working.bars[0].label, working.bars[0].share) == ("Autovacuum of account", 0.5)
    assert servers.going_on([]) is None
    assert all(work.work == "vacuum" or work.work == "analyze" for work in activity.progress(connection))


def test_a_log_that_is_not_handed_over_is_called_out_before_the_disk_is_full() -> None:
    now, much = timezone.now(), 2**30
    sound = [
        GOOD_DATABASE,
        replace(GOOD_DATABASE, log_waiting=0, log_handed_at=now - timedelta(days=9)),
        replace(GOOD_DATABASE, log_waiting=much, log_handed_at=now - timedelta(minutes=5)),
    ]
    assert [servers.log_of_writes(database) for database in sound] == [None] * 3
    stuck = [
        replace(GOOD_DATABASE, log_failed_at=now),
        replace(GOOD_DATABASE, log_waiting=much, log_handed_at=now - timedelta(hours=3)),
    ]
    panels = [servers.log_of_writes(database) for database in stuck]
    assert [panel and (panel.tone, panel.summary) for panel in panels] == [
        ("bad", "The log of writes was not handed over yet; it stays where it is."),
        ("bad", "The log of writes was not handed over for 3 h; 1.0 GB of it wait."),
    ]


def test_what_waits_of_the_log_is_counted_from_the_last_that_was_handed_over() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('archive_mode'), last_archived_wal FROM pg_stat_archiver")
        mode, handed_over = cursor.fetchone()
        waiting = activity.database(connection).log_waiting
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        (current,) = cursor.fetchone()
    if mode == "off" or handed_over is None:
        assert waiting is None
    else:
        assert waiting is not None
        assert 0 <= waiting <= (number_of(current) - number_of(handed_over)) * SEGMENT


def test_who_waits_stands_below_who_holds() -> None:
    def session(pid: int, *blockers: int) -> Session:
        return Session(pid, "w", "active", 1.0, "", blockers, "SELECT ?")

    found = [session(3, 2), session(1), session(2, 1), session(4, 99), session(5, 6), session(6, 5)]
    assert [(depth, each.pid) for depth, each in servers.waiting_tree(found)] == [
        (0, 1), (1, 2), (2, 3), (0, 4), (0, 5), (1, 6),
    ]  # fmt: skip


def test_an_alarm_knows_since_when_and_one_mail_tells_of_it(monkeypatch: Any, settings: Any, capsys: Any) -> None:
    quiet(monkeypatch)
    settings.HEALTH_MAIL_TO = ["ops@example.com"]
    call_command("health", check=True, record=True, mail=True)
    assert (mail.outbox, HealthAlarm.objects.count()) == ([], 0)
    monkeypatch.setattr(servers, "cache_information", lambda: None)
    for _ in range(2):
        with pytest.raises(SystemExit) as stopped:
            call_command("health", check=True, record=True, mail=True)
        assert stopped.value.code == 2
    (alarm,) = HealthAlarm.objects.all()
    assert len(mail.outbox) == 1
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("WealthWise: 1 to look at", ["ops@example.com"])
    assert "Act: The cache does not answer" in mail.outbox[0].body
    assert alarms.since() == {notices()[0].key: alarm.since}
    monkeypatch.setattr(servers, "cache_information", dict)
    call_command("health", check=True, mail=True)
    assert mail.outbox[1].subject == "WealthWise: all is as it should be again"
    assert "Over: The cache does not answer" in mail.outbox[1].body
    assert not HealthAlarm.objects.exists()
    assert "Nothing to look at." in capsys.readouterr().out


def test_a_mail_tells_that_something_got_worse(monkeypatch: Any, settings: Any) -> None:
    quiet(monkeypatch)
    settings.HEALTH_MAIL_TO = ["ops@example.com"]
    for state, mails in (("reserved", 1), ("reserved", 1), ("lost", 2), ("lost", 2), ("reserved", 2)):
        found = [Slot("copy", False, state, 10**9)]
        monkeypatch.setattr(activity, "slots", lambda connection, found=found: found)
        call_command("health", record=True, mail=True)
        assert len(mail.outbox) == mails
    assert "Look: The slot copy is read by nobody" in mail.outbox[0].body
    assert "Act: The slot copy has lost its log, or is about to." in mail.outbox[1].body


def test_of_several_of_one_kind_the_mail_tells_each_and_the_worst_counts(monkeypatch: Any, settings: Any) -> None:
    quiet(monkeypatch)
    settings.HEALTH_MAIL_TO = ["ops@example.com"]
    found = [Slot("copy", False, "reserved", 10**9), Slot("replica", True, "lost", None)]
    monkeypatch.setattr(activity, "slots", lambda connection: found)
    call_command("health", record=True, mail=True)
    (message,) = mail.outbox
    assert "Act: The slot replica has lost its log, or is about to. The slot copy is read by nobody" in message.body
    assert HealthAlarm.objects.get().tone == "bad"


def test_nobody_is_told_where_no_address_is_set(monkeypatch: Any) -> None:
    quiet(monkeypatch)
    monkeypatch.setattr(activity, "database", lambda connection: GOOD_DATABASE.__class__(
        "w", 10**9, 0.5, 10**6, 1, 0, 0, 0, None, 1000, 200_000_000))  # fmt: skip
    with pytest.raises(SystemExit) as stopped:
        call_command("health", check=True, mail=True)
    assert (stopped.value.code, mail.outbox) == (1, [])
    assert HealthAlarm.objects.get().told_at is None


# Cancelling


def test_a_statement_is_cancelled_by_those_who_may(
    operator_client: Client, support_client: Client, staff: User, monkeypatch: Any
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(activity, "cancel", lambda connection, pid: asked.append(pid) or pid == 7)
    for target in ("", "x", "\u0661", "-1", str(2**31)):
        assert operator_client.post("/console/health/cancel/", {"target": target}).status_code == 404
    assert support_client.post("/console/health/cancel/", {"target": "7"}).status_code == 403
    assert (asked, ConsoleLog.objects.count()) == ([], 0)
    done = operator_client.post("/console/health/cancel/", {"target": "7"}, follow=True)
    assert "What process 7 ran was cancelled." in done.content.decode()
    gone = operator_client.post("/console/health/cancel/", {"target": "8"}, follow=True)
    assert "nothing was cancelled" in gone.content.decode()
    log = ConsoleLog.objects.order_by("id")
    assert [(entry.action, entry.target, entry.after) for entry in log] == [
        ("cancel statement", "7", {"cancelled": True}), ("cancel statement", "8", {"cancelled": False}),
    ]  # fmt: skip


def test_cancelling_reaches_sessions_of_this_database_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type <> 'client backend' LIMIT 1")
        (other,) = cursor.fetchone()
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    assert not activity.cancel(connection, other)
    assert not activity.cancel(connection, own)
