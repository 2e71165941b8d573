"""Work outside requests: begun once, watched, found when its process died, and free to begin again."""

import os
import signal
import threading
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from tests.console.conftest import member, signed_in
from tests.factories import make_account, make_subcategory, make_transaction, make_user
from transactions.models import SpendingSummary, UserSpendingSummary, ViewRefresh
from transactions.summaries.upkeep import VIEW
from wealthwise.console.health.freshness import BEGINNING
from wealthwise.console.jobs import runner
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.core import processes
from wealthwise.postgres.locks import Lock

VIEWS = "/console/views/"


@pytest.fixture
def launched(monkeypatch: Any) -> list[int]:
    """Jobs whose process would have been started; nothing is."""
    found: list[int] = []
    monkeypatch.setattr(runner, "launch", found.append)
    return found


def outlast(job: ConsoleJob) -> None:
    """As if the process of ``job`` had not been seen for long."""
    ConsoleJob.objects.filter(pk=job.pk).update(seen_at=timezone.now() - runner.LOST - timedelta(seconds=1))


@pytest.mark.django_db
def test_two_clicks_start_one_refresh(
    operator_client: Client, launched: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert operator_client.post(f"{VIEWS}refresh/").url == VIEWS
        again = operator_client.post(f"{VIEWS}refresh/", follow=True)
    assert "it was not started twice" in again.content.decode()
    job = ConsoleJob.objects.get()
    assert launched == [job.pk]
    entry = ConsoleLog.objects.get()
    assert (entry.action, entry.before, entry.after) == ("refresh", {"last": "never"}, {"job": job.pk})


@pytest.mark.django_db
def test_the_database_allows_one_open_job_of_a_kind_and_target(staff: User) -> None:
    who = {"actor": "staff", "actor_uuid": staff.uuid}
    ConsoleJob.objects.create(kind="analyze", target="account", **who)
    ConsoleJob.objects.create(kind="analyze", target="category", **who)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsoleJob.objects.create(kind="analyze", target="account", **who)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsoleJob.objects.create(kind="vacuum", outcome="done", **who)


@pytest.mark.django_db
def test_a_job_whose_process_died_shows_as_failed_and_can_be_started_again(
    staff: User, operator_client: Client, launched: list[int]
) -> None:
    job, _ = runner.start(kind="refresh", actor=staff)
    assert "Starting" in operator_client.get(f"/console/jobs/{job.pk}/").content.decode()
    outlast(job)
    assert "Failed" in operator_client.get(f"/console/jobs/{job.pk}/").content.decode()
    job.refresh_from_db()
    assert (job.outcome, job.note) == ("failed", runner.DIED)
    again, begun = runner.start(kind="refresh", actor=staff)
    assert begun
    assert again.pk != job.pk


@pytest.mark.django_db
def test_a_job_that_was_closed_as_lost_stays_closed(staff: User, launched: list[int]) -> None:
    job, _ = runner.start(kind="check", actor=staff)
    outlast(job)
    runner.close_lost()
    assert runner.run(job.pk) is None
    job.refresh_from_db()
    assert job.outcome == "failed"


@pytest.mark.django_db
def test_a_job_is_done_by_one_process(staff: User, launched: list[int]) -> None:
    job, _ = runner.start(kind="check", actor=staff)
    ConsoleJob.objects.filter(pk=job.pk).update(started_at=timezone.now())
    with pytest.raises(CommandError, match="begun already"):
        call_command("console_job", job.pk)


@pytest.mark.django_db
def test_a_process_that_cannot_start_closes_its_job(staff: User, monkeypatch: Any) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("wealthwise.core.processes.subprocess.Popen", refuse)
    job = ConsoleJob.objects.create(kind="check", actor="staff", actor_uuid=staff.uuid)
    runner.launch(job.pk)
    job.refresh_from_db()
    assert (job.outcome, job.note) == (
        "failed",
        "Its process could not be started: Resource temporarily unavailable.",
    )


@pytest.mark.django_db
def test_the_fragment_asks_again_only_while_the_job_runs(
    staff: User, operator_client: Client, launched: list[int]
) -> None:
    job, _ = runner.start(kind="check", actor=staff)
    ConsoleJob.objects.filter(pk=job.pk).update(started_at=timezone.now(), done_steps=3, total_steps=12)
    running = operator_client.get(f"/console/jobs/{job.pk}/").content.decode()
    assert f'hx-get="/console/jobs/{job.pk}/"' in running
    assert "3 of 12 steps" in running
    ConsoleJob.objects.filter(pk=job.pk).update(finished_at=timezone.now(), outcome="done", note="All well.")
    over = operator_client.get(f"/console/jobs/{job.pk}/").content.decode()
    assert "hx-get" not in over
    assert "All well." in over
    assert operator_client.get("/console/jobs/999999999/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_start_one(launched: list[int]) -> None:
    staff, together = make_user("staff", is_staff=True), threading.Barrier(4)
    answers: list[bool] = []

    def click() -> None:
        together.wait()
        answers.append(runner.start(kind="repair", actor=staff)[1])
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert launched == list(ConsoleJob.objects.values_list("pk", flat=True))
    assert ConsoleLog.objects.count() == 1


# The derived numbers


def run(kind: str, staff: User, target: str = "") -> ConsoleJob:
    job = ConsoleJob.objects.create(kind=kind, target=target, actor=staff.username, actor_uuid=staff.uuid)
    done = runner.run(job.pk)
    assert done is not None
    return done


def spoil(person: User) -> None:
    """Let a summary and a balance drift from the ledger."""
    SpendingSummary.objects.filter(user=person).update(spent=999)
    Account.objects.filter(user=person).update(current_balance=999)


@pytest.mark.django_db(transaction=True)
def test_refresh_check_and_repair(launched: list[int]) -> None:
    staff, person = make_user("staff", is_staff=True), make_user("owner")
    make_transaction(person, account=make_account(person), subcategory=make_subcategory(person))
    refreshed = run("refresh", staff)
    assert (refreshed.outcome, refreshed.done_steps, refreshed.total_steps) == ("done", 1, 1)
    assert UserSpendingSummary.objects.filter(user=person).count() == 1
    assert run("check", staff).note == "2 people checked: everything equals the ledger."
    spoil(person)
    checked = run("check", staff)
    assert checked.outcome == "failed"
    assert f"Derived numbers of 1 people differ: {person.pk}." in checked.note
    assert "999" not in checked.note.replace(str(person.pk), "")
    client = signed_in(member("operator"))
    assert "last self-check did not succeed" in client.get("/console/").content.decode()
    assert run("repair", staff).note == "3 people checked, 1 repaired."
    assert run("check", staff).outcome == "done"
    assert "did not succeed" not in client.get("/console/").content.decode()
    entry = ConsoleLog.objects.latest("id")
    assert (entry.action, entry.after["outcome"]) == ("check ended", "done")


@pytest.mark.django_db(transaction=True)
def test_a_refresh_that_somebody_else_runs_is_not_run_twice() -> None:
    """The lock of another session: the page says that it runs, the button refuses, a job would fail."""
    staff = make_user("staff", is_staff=True)
    client = signed_in(member("operator"))
    ViewRefresh.objects.create(view_name=VIEW)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.VIEW_REFRESH])
            held.set()
            release.wait(20)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(10)
        assert "Refreshing" in client.get(VIEWS).content.decode()
        assert "A refresh is going on already." in client.post(f"{VIEWS}refresh/", follow=True).content.decode()
        assert not ConsoleJob.objects.exists()
        assert run("refresh", staff).note == "Another refresh was going on already; nothing was done."
    finally:
        release.set()
        thread.join()


@pytest.mark.django_db
def test_a_refresh_that_was_killed_shows_as_failed(operator_client: Client) -> None:
    ViewRefresh.objects.create(view_name=VIEW)
    ViewRefresh.objects.update(started_at=timezone.now() - timedelta(minutes=2))
    page = operator_client.get(VIEWS).content.decode()
    assert "Last refresh failed" in page
    assert "ended without finishing" in page
    assert "The last refresh of the spending view failed." in operator_client.get("/console/").content.decode()


# Maintenance


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["analyze", "vacuum", "reindex"])
def test_maintenance_of_one_table(kind: str) -> None:
    staff = make_user("staff", is_staff=True)
    job = run(kind, staff, "account")
    assert (job.outcome, job.done_steps) == ("done", job.total_steps)
    assert "steps in" in job.note


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "table"),
    [("drop", "account"), ("analyze", "pg_class"), ("analyze", "no_table"), ("", ""), ("vacuum", "")],
)
def test_only_known_work_on_known_tables(
    action: str, table: str, operator_client: Client, launched: list[int]
) -> None:
    answer = operator_client.post("/console/health/maintain/", {"action": action, "target": table})
    assert answer.status_code == 404
    assert not ConsoleJob.objects.exists()


@pytest.mark.django_db
def test_a_button_of_the_health_page_begins_it(operator_client: Client, launched: list[int]) -> None:
    operator_client.post("/console/health/maintain/", {"action": "reindex", "target": "transaction"})
    job = ConsoleJob.objects.get()
    assert (job.kind, job.target, job.actor) == ("reindex", "transaction", "operator")
    page = operator_client.get("/console/health/").content.decode()
    assert f'id="job-{job.pk}"' in page
    assert (ConsoleLog.objects.get().action, ConsoleLog.objects.get().target) == ("reindex", "transaction")


@pytest.mark.django_db
def test_work_is_begun_by_posting_only(operator_client: Client) -> None:
    for path in ("/console/health/maintain/", "/console/views/refresh/", "/console/health/statements/reset/"):
        assert operator_client.get(path).status_code == 405
    assert operator_client.post("/console/views/analyze/").status_code == 404


# A process of its own


def _address() -> str:
    """The test's database in the form of DATABASE_URL."""
    given = connection.settings_dict
    return f"postgres://{given['USER']}@:{given['PORT']}/{quote(given['HOST'])}/{given['NAME']}"


def _until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def own_process(monkeypatch: Any) -> None:
    """Let jobs of this test run on this test's database."""
    if not connection.settings_dict["HOST"].startswith("/"):
        pytest.skip("the server is given by DATABASE_URL")
    monkeypatch.setattr(
        processes, "environment", lambda: {**os.environ, "WEALTHWISE_POOL": "0", "DATABASE_URL": _address()}
    )


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_outside_the_request(own_process: None) -> None:
    client = signed_in(member("operator"))
    client.post(f"{VIEWS}check/")
    job = ConsoleJob.objects.get()
    _until(lambda: ConsoleJob.objects.get().finished_at)
    job.refresh_from_db()
    assert (job.outcome, job.note) == ("done", "1 people checked: everything equals the ledger.")


@pytest.mark.django_db(transaction=True)
def test_a_killed_refresh_is_found_and_can_be_started_again(own_process: None, monkeypatch: Any) -> None:
    """SIGKILL while it waits for a lock: nobody can close the job but the next who looks."""
    import subprocess

    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remember(*args: Any, **options: Any) -> Any:
        started.append(real(*args, **options))
        return started[-1]

    monkeypatch.setattr("wealthwise.core.processes.subprocess.Popen", remember)
    client = signed_in(member("operator"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE view_refresh IN ACCESS EXCLUSIVE MODE")
        staff = User.objects.get()
        thread = threading.Thread(target=_start_and_close, args=(staff,))
        thread.start()
        thread.join()
        _until(lambda: ConsoleJob.objects.filter(started_at__isnull=False).exists())
        os.kill(started[0].pid, signal.SIGKILL)
        _until(lambda: started[0].returncode is not None)
    outlast(ConsoleJob.objects.get())
    assert runner.DIED in client.get(VIEWS).content.decode()
    # Its record, written in its last breath, counts as a beginning for some seconds.
    ViewRefresh.objects.update(started_at=timezone.now() - BEGINNING)
    client.post(f"{VIEWS}refresh/")
    _until(lambda: ConsoleJob.objects.filter(outcome="done").exists())
    assert sorted(ConsoleJob.objects.values_list("outcome", flat=True)) == ["done", "failed"]


def _start_and_close(staff: User) -> None:
    runner.start(kind="refresh", actor=staff)
    connections.close_all()
