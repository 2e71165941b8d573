"""The scheduler: what is due, one for a site, lost connections, and its end. Its commands are small programs."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command, get_commands
from django.db import InterfaceError, connection
from django.utils import timezone

from tests.databases import administrator
from wealthwise.devserver import regular
from wealthwise.devserver.regular import Regular, Scheduler
from wealthwise.operations.models import RegularRun
from wealthwise.postgres.locks import Lock

PROGRAMS = {
    "good": "pass",
    "bad": "raise SystemExit(3)",
    "long": "import time; time.sleep(600)",
}


def program(work: Regular) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", PROGRAMS[work.name]])


def scheduler(*names: str) -> tuple[Scheduler, list[str]]:
    said: list[str] = []
    return Scheduler([Regular(name, (name,), 600) for name in names], said.append, program), said


def turned(found: Scheduler, until: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        found.turn()
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_done_and_remembered() -> None:
    found, said = scheduler("good", "bad", "long")
    try:
        found.turn()
        assert found.running == {}
        now = timezone.now()
        soon = [run.next_at - now for run in RegularRun.objects.order_by("next_at")]
        assert [round(span.total_seconds(), -1) for span in soon] == [300, 600, 600]
        RegularRun.objects.exclude(name="long").update(next_at=now)
        turned(found, lambda: RegularRun.objects.filter(finished_at__isnull=False).count() == 2)
        good, bad = RegularRun.objects.get(name="good"), RegularRun.objects.get(name="bad")
        assert (good.outcome, bad.outcome) == ("done", "failed")
        assert good.started_at is not None
        assert good.next_at - good.started_at == timedelta(minutes=10)
        assert RegularRun.objects.get(name="long").started_at is None
        assert next(line for line in said if "failed" in line).startswith("bad: failed with code 3 after")
    finally:
        found._stop()


@pytest.mark.django_db(transaction=True)
def test_one_scheduler_works_for_a_site_and_a_lost_connection_is_made_anew() -> None:
    found, said = scheduler("good")
    with administrator(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.SCHEDULER.value])
        found.turn()
        found.turn()
        assert said == ["Another scheduler works for this site; this one waits for its end."]
        assert not RegularRun.objects.exists()
        other.execute("SELECT pg_advisory_unlock(%s)", [Lock.SCHEDULER.value])
        found.turn()
        RegularRun.objects.update(next_at=timezone.now())
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    found.turn()
    assert "does not answer" in said[-1]
    turned(found, lambda: RegularRun.objects.filter(outcome="done").exists())
    found._stop()


@pytest.mark.django_db(transaction=True)
def test_its_end_ends_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = scheduler("long")
    found.turn()
    RegularRun.objects.update(next_at=timezone.now())
    found.turn()
    ((process, _),) = found.running.values()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    def told() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(found, "turn", told)
    try:
        with pytest.raises(KeyboardInterrupt):
            found.run()
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert process.poll() is not None
    assert RegularRun.objects.get().outcome == "stopped"


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_scheduler_began_is_tried_again_within_the_hour() -> None:
    now = timezone.now()
    RegularRun.objects.create(name="good", started_at=now, next_at=now + timedelta(days=1))
    soon = now + timedelta(seconds=300)
    RegularRun.objects.create(name="bad", started_at=now, finished_at=now, outcome="done", next_at=soon)
    daily = [Regular(name, (name,), regular.DAY) for name in ("good", "bad", "long")]
    found = Scheduler(daily, lambda text: None, program)
    try:
        found.turn()
        lost = RegularRun.objects.get(name="good")
        assert (lost.outcome, lost.finished_at is None) == ("stopped", False)
        assert lost.next_at < now + timedelta(seconds=regular.RETRY + 60)
        done = RegularRun.objects.get(name="bad")
        assert (done.outcome, done.finished_at, done.next_at) == ("done", now, soon)
        assert RegularRun.objects.get(name="long").outcome == ""

        # What is at work under this scheduler is not lost, also when its connection was.
        RegularRun.objects.filter(name="long").update(next_at=now)
        found.turn()
        connection.close()
        turned(found, lambda: found.session is connection.connection)
        assert list(found.running) == ["long"]
        assert RegularRun.objects.get(name="long").finished_at is None
    finally:
        found._stop()


@pytest.mark.django_db(transaction=True)
def test_what_takes_long_does_not_keep_health_from_being_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "WATCHING", "good")
    for name in ("second", "third"):
        monkeypatch.setitem(PROGRAMS, name, PROGRAMS["long"])
    found, _ = scheduler("long", "second", "third", "good")
    try:
        found.turn()
        RegularRun.objects.exclude(name="good").update(next_at=timezone.now())
        found.turn()
        found.turn()
        assert len(found.running) == regular.AT_ONCE
        RegularRun.objects.filter(name="good").update(next_at=timezone.now())
        turned(found, lambda: RegularRun.objects.get(name="good").outcome == "done")
        assert len(found.running) == regular.AT_ONCE
    finally:
        found._stop()


@pytest.mark.django_db(transaction=True)
def test_who_goes_over_to_cron_has_nothing_late() -> None:
    RegularRun.objects.create(name="backup", next_at=timezone.now() - timedelta(days=3))
    with administrator(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.SCHEDULER.value])
        with pytest.raises(CommandError, match="is running"):
            call_command("scheduler", "--forget")
        assert RegularRun.objects.exists()
        other.execute("SELECT pg_advisory_unlock(%s)", [Lock.SCHEDULER.value])
    call_command("scheduler", "--forget", stdout=StringIO())
    assert not RegularRun.objects.exists()


def test_every_error_of_the_database_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    found, said = scheduler("good")

    def lost() -> bool:
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(found, "_leads", lost)
    found.turn()
    assert said == ["The database does not answer (InterfaceError); trying again."]
    assert found.pause == 2 * regular.TURN


def test_behind_a_pooler_no_scheduler_begins(settings: Any) -> None:
    settings.BEHIND_POOLER, settings.SCHEDULE = True, {}
    with pytest.raises(CommandError, match="a session of its own"):
        call_command("scheduler")


@pytest.mark.django_db
def test_the_list_is_of_commands_that_are_there_and_can_be_changed(settings: Any, tmp_path: Any) -> None:
    settings.BACKUPS, settings.SCHEDULE = "", {}
    usual = {work.name: work for work in regular.works()}
    assert "backup" not in usual
    assert {work.command[0] for work in usual.values()} <= set(get_commands())
    settings.BACKUPS = str(tmp_path)
    changed = {work.name: work.every for work in regular.works({"plan": "off", "backup": "6h"})}
    assert set(changed) - set(usual) == ({"backup"} if "backup" in changed else set())
    assert "plan" not in changed
    for wrong, words in (
        ({"sleep": "1h"}, "names sleep"),
        ({"plan": "often"}, "no interval"),
        ({"plan": "0m"}, "no in"),
    ):
        with pytest.raises(ImproperlyConfigured, match=words):
            regular.works(wrong)
    out = StringIO()
    call_command("scheduler", "--list", stdout=out)
    assert "refresh_views       15 m  never" in out.getvalue()
    assert "No scheduler is running" in out.getvalue()
