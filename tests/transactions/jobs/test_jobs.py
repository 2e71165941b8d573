"""Long work of people: begun once, at work so many at once, whole or not at all, private, and gone in time."""

import io
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.concurrency import at_once
from tests.factories import make_account, make_subcategory, make_transaction, make_user, signed_in
from tests.portability.export.households import export
from transactions.jobs import queue, turns, worker
from transactions.jobs.kinds import KINDS, AtWork, JobKind, JobResult
from transactions.ledger import download
from transactions.models import Category, Job, JobChunk, Transaction
from wealthwise.core import processes
from wealthwise.core.caching import forget
from wealthwise.core.errors import DomainError
from wealthwise.portability.export import jobs

DATA = "/accounts/settings/data/"


@pytest.fixture(autouse=True)
def started(monkeypatch: Any) -> list[str]:
    """The processes that would have been started; none is."""
    found: list[str] = []
    monkeypatch.setattr(turns, "start_command", found.append)
    return found


@pytest.fixture
def long_work(monkeypatch: Any) -> None:
    """Whatever is more than nothing is long work."""
    monkeypatch.setattr(jobs, "SMALL_ROWS", 0)
    monkeypatch.setattr(jobs, "SMALL_BYTES", 0)


@pytest.fixture
def kind(monkeypatch: Any) -> Any:
    """Names a kind of job that does ``work`` for the time of a test."""

    def add(work: Any, **options: Any) -> str:
        monkeypatch.setitem(KINDS, "test", JobKind("A test", work, back="data:overview", **options))
        return "test"

    return add


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content)


def outlast(job: Job, **times: timedelta) -> None:
    """As if what happened to ``job`` had been so much longer ago."""
    Job.objects.filter(pk=job.pk).update(**{name: timezone.now() - ago for name, ago in times.items()})


# Exports and restores at the URL


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_a_long_export_is_made_elsewhere_and_fetched_by_its_owner_alone(started: list[str]) -> None:
    owner, stranger, staff = make_user("owner"), make_user("stranger"), make_user("staff", is_superuser=True)
    for person in (owner, stranger):
        make_transaction(person, account=make_account(person), description=f"Of {person.username}")
    client = signed_in(owner)
    first = client.get(f"{DATA}export/json/")
    assert client.get(f"{DATA}export/json/").url == first.url, "a second press begins no second one"
    job = Job.objects.get()
    assert (first.url, started, job.user_id) == (f"/jobs/{job.pk}/", ["work"], owner.pk)
    waiting = client.get(first.url).content.decode()
    assert f'hx-get="/jobs/{job.pk}/"' in waiting
    assert "Waiting for its turn." in waiting
    assert "Being made" in client.get(DATA).content.decode()
    call_command("work", stdout=io.StringIO())
    for other in (signed_in(stranger), signed_in(staff), Client()):
        for path in ("", "stop/", "file/"):
            answer = other.post(f"{first.url}{path}") if path == "stop/" else other.get(f"{first.url}{path}")
            assert answer.status_code == (404 if other.cookies else 302)
    ready = client.get(first.url).content.decode()
    assert "hx-get" not in ready.partition('id="job-')[2].partition(">")[0]
    assert f'href="/jobs/{job.pk}/file/"' in ready
    answer = client.get(f"{first.url}file/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="wealthwise-')
    assert "no-store" in answer.headers["Cache-Control"]
    made = json.loads(content(answer))
    assert made["transactions"] == json.loads(export(owner))["transactions"]
    assert [row["description"] for row in made["transactions"]] == ["Of owner"]
    assert (Job.objects.get().done_steps, Job.objects.get().total_steps) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_short_export_is_answered_at_once(started: list[str]) -> None:
    owner = make_user("owner")
    make_transaction(owner)
    assert json.loads(content(signed_in(owner).get(f"{DATA}export/json/")))["transactions"]
    assert (started, Job.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_every_format_is_made(started: list[str]) -> None:
    owner = make_user("owner")
    make_transaction(owner)
    client = signed_in(owner)
    for kind, start in (("csv", b"PK"), ("xlsx", b"PK"), ("json", b"{")):
        page = client.get(f"{DATA}export/{kind}/").url
        worker.work_off()
        assert content(client.get(f"{page}file/")).startswith(start)


@pytest.mark.django_db(transaction=True)
def test_a_long_list_is_made_elsewhere_as_it_was_filtered(monkeypatch: Any) -> None:
    owner = make_user("owner", time_zone="Africa/Johannesburg", country="ZA")
    for description in ("Corner shop", "Kiosk"):
        make_transaction(owner, description=description)
    client = signed_in(owner)
    at_once_made = content(client.get("/transactions/download/?q=kiosk"))
    monkeypatch.setattr(download, "SMALL", 0)
    page = client.get("/transactions/download/?q=kiosk").url
    assert client.get("/transactions/download/?q=shop").url != page
    worker.work_off()
    assert content(client.get(f"{page}file/")) == at_once_made
    assert at_once_made.count(b"Kiosk") == 1
    assert b"Corner" not in at_once_made


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_a_long_restore_is_done_elsewhere_whole() -> None:
    giver, owner = make_user("giver"), make_user("owner")
    make_transaction(giver, account=make_account(giver), subcategory=make_subcategory(giver))
    data, client = export(giver), signed_in(owner)
    page = client.post(f"{DATA}import/", {"file": io.BytesIO(data)}).url
    assert JobChunk.objects.filter(is_result=False).count() == 1
    assert not Transaction.objects.filter(user=owner).exists()
    worker.work_off()
    job = Job.objects.get()
    assert (job.outcome, job.note) == ("done", "Imported: 1 account, 1 category, 1 subcategory and 1 transaction.")
    assert Transaction.objects.filter(user=owner).count() == 1
    assert not JobChunk.objects.exists(), "what was sent is not kept"
    swapped = client.get(page, headers={"HX-Request": "true"})
    assert swapped.headers["HX-Redirect"] == "/dashboard/"
    assert job.note in client.get("/dashboard/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_what_is_wrong_with_a_file_is_told_and_nothing_is_changed() -> None:
    owner = make_user("owner")
    client = signed_in(owner)
    spoilt = export(owner).replace(b'"categories": []', b'"categories": [{"ref": "a", "name": 5}]')
    page = client.post(f"{DATA}import/", {"file": io.BytesIO(spoilt)}).url
    worker.work_off()
    shown = client.get(page).content.decode()
    assert "The file cannot be imported. Nothing was changed." in shown
    assert "categories[0]" in shown
    assert Job.objects.get().outcome == "failed"
    assert not Category.objects.exists()
    assert not JobChunk.objects.exists()


# The rules of the table


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_begin_one(started: list[str]) -> None:
    owner = make_user("owner")
    press = lambda: queue.start(user=owner, kind="export", target="json")[1]  # noqa: E731
    assert sorted(at_once(press, press, press, press)) == [False, False, False, True]
    assert started == ["work"]


@pytest.mark.django_db
def test_the_database_allows_one_open_job_of_a_kind_and_target(owner: User, stranger: User) -> None:
    Job.objects.create(user=owner, kind="export", target="json")
    Job.objects.create(user=owner, kind="export", target="csv")
    Job.objects.create(user=stranger, kind="export", target="json")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(user=owner, kind="export", target="json")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(user=owner, kind="restore", outcome="done")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 2])
def test_so_many_are_at_work_and_no_more(settings: Any, most: int) -> None:
    settings.JOBS_AT_ONCE = most
    owner = make_user("owner")
    for target in ("a", "b", "c"):
        queue.start(user=owner, kind="export", target=target)
    claimed = [job for job in at_once(*[turns.claim] * 4) if job]
    assert len(claimed) == most
    queue.cancel(job=claimed[0])
    assert turns.claim() is not None
    assert turns.claim() is None


@pytest.mark.django_db(transaction=True)
def test_nobodys_second_comes_before_anybodys_first(settings: Any) -> None:
    settings.JOBS_AT_ONCE = 9
    owner, stranger = make_user("owner"), make_user("stranger")
    for person, targets in ((owner, "abc"), (stranger, "ab")):
        for target in targets:
            queue.start(user=person, kind="export", target=target)
    turn = [(job.user.username, job.target) for job in iter(turns.claim, None)]
    assert turn == [("owner", "a"), ("stranger", "a"), ("owner", "b"), ("stranger", "b"), ("owner", "c")]


@pytest.mark.django_db(transaction=True)
def test_one_whose_process_died_is_told_and_makes_room(started: list[str]) -> None:
    owner, stranger = make_user("owner"), make_user("stranger")
    job, _ = queue.start(user=owner, kind="export", target="json")
    other, _ = queue.start(user=stranger, kind="export", target="json")
    assert turns.claim() == job
    outlast(job, seen_at=turns.LOST + timedelta(seconds=1))
    outlast(other, seen_at=turns.PATIENCE + timedelta(seconds=1))
    started.clear()
    assert turns.DIED in signed_in(owner).get(f"/jobs/{job.pk}/").content.decode()
    assert started == ["work"], "the one that waited behind it goes on"
    assert turns.claim() == other
    assert queue.start(user=owner, kind="export", target="json")[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("close", [lambda job: queue.cancel(job=job), lambda job: queue.fail(job=job, note="Lost.")])
def test_what_a_closed_job_wrote_is_undone(kind: Any, close: Any) -> None:
    owner = make_user("owner")

    def work(at_work: AtWork) -> JobResult:
        Category.objects.create(user=at_work.job.user, name="Half", kind="expense")
        at_once(lambda: close(at_work.job))
        return JobResult("Done.")

    job, _ = queue.start(user=owner, kind=kind(work))
    worker.work_off()
    job.refresh_from_db()
    assert job.outcome in ("cancelled", "failed")
    assert job.note != "Done."
    assert not Category.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_nobody_waits_for_is_ended(kind: Any, monkeypatch: Any) -> None:
    """Stopped while the database works: within a heartbeat, not after the half minute that it would take."""
    monkeypatch.setattr(worker, "HEARTBEAT", 0.05)
    owner = make_user("owner")
    began, ended = threading.Event(), list[str]()

    def work(at_work: AtWork) -> JobResult:
        began.set()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(30)")
        except Exception as error:
            ended.append(type(error).__name__)
            raise
        return JobResult("Done.")

    queue.start(user=owner, kind=kind(work))
    client = signed_in(owner)

    def stop() -> int:
        began.wait(10)
        return client.post(f"/jobs/{Job.objects.get().pk}/stop/").status_code

    assert at_once(worker.work_off, stop) == [1, 302]
    assert ended == ["OperationalError"]
    assert Job.objects.get().outcome == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_a_failure_tells_its_owner_and_keeps_no_words(kind: Any) -> None:
    owner = make_user("owner")

    def refused(at_work: AtWork) -> JobResult:
        raise DomainError("The file has no rows.")

    def broken(at_work: AtWork) -> JobResult:
        raise ValueError("Secret: 1234")

    for work, note in ((refused, "The file has no rows."), (broken, "(ValueError)")):
        job, _ = queue.start(user=owner, kind=kind(work))
        worker.work_off()
        job.refresh_from_db()
        assert job.outcome == "failed"
        assert note in job.note
        assert "1234" not in job.note


@pytest.mark.django_db(transaction=True)
def test_a_process_that_cannot_start_is_told(monkeypatch: Any) -> None:
    def refuse(*arguments: str) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(turns, "start_command", refuse)
    job, _ = queue.start(user=make_user("owner"), kind="export", target="json")
    job.refresh_from_db()
    assert (job.outcome, job.note) == ("failed", queue.NOT_STARTED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_files_and_jobs_have_an_end() -> None:
    owner = make_user("owner")
    make_transaction(owner)
    client = signed_in(owner)
    page = client.get(f"{DATA}export/csv/").url
    worker.work_off()
    job = Job.objects.get()
    assert JobChunk.objects.count() == 1
    outlast(job, finished_at=turns.KEPT)
    assert client.get(f"{page}file/").url == page, "not even before it is cleared up"
    assert "no longer kept" in client.get(page).content.decode()
    worker.work_off()
    assert not JobChunk.objects.exists()
    assert Job.objects.exists()
    outlast(job, finished_at=turns.REMEMBERED)
    worker.work_off()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("long_work")
def test_a_new_export_takes_the_place_of_the_last_and_a_person_takes_all_along() -> None:
    owner, stranger = make_user("owner"), make_user("stranger")
    for person in (owner, stranger):
        make_transaction(person)
        for _ in range(2):
            signed_in(person).get(f"{DATA}export/csv/")
            worker.work_off()
    assert JobChunk.objects.filter(user=owner).count() == 1
    owner.delete()
    assert set(JobChunk.objects.values_list("user", flat=True)) == {stranger.pk}
    assert set(Job.objects.values_list("user", flat=True)) == {stranger.pk}


# A process of its own


@pytest.fixture
def own_process(monkeypatch: Any) -> Iterator[None]:
    """Jobs of this test run in processes of their own, on this test's database."""
    from tests.console.test_jobs import _address

    if not connection.settings_dict["HOST"].startswith("/"):
        pytest.skip("the server is given by DATABASE_URL")
    environment = {**os.environ, "WEALTHWISE_POOL": "0", "DATABASE_URL": _address()}
    monkeypatch.setattr(processes, "environment", lambda: environment)
    monkeypatch.setattr(turns, "start_command", processes.start_command)
    yield
    connections.close_all()


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_process", "long_work")
def test_a_process_is_started_does_its_work_and_one_that_is_killed_leaves_nothing(monkeypatch: Any) -> None:
    import subprocess

    launched: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remember(*args: Any, **options: Any) -> Any:
        launched.append(real(*args, **options))
        return launched[-1]

    monkeypatch.setattr("wealthwise.core.processes.subprocess.Popen", remember)
    giver, owner = make_user("giver"), make_user("owner")
    make_transaction(giver, account=make_account(giver))
    data, client = export(giver), signed_in(owner)
    with transaction.atomic():
        list(User.objects.filter(pk=owner.pk).select_for_update(no_key=True))  # the restore waits for this
        page = at_once(lambda: client.post(f"{DATA}import/", {"file": io.BytesIO(data)}).url)[0]
        until(lambda: Job.objects.exclude(started_at=None).exists())
        os.kill(launched[0].pid, signal.SIGKILL)
        until(lambda: launched[0].returncode is not None)
    outlast(Job.objects.get(), seen_at=turns.LOST + timedelta(seconds=1))
    assert turns.DIED in client.get(page).content.decode()
    assert not Transaction.objects.filter(user=owner).exists()
    client.post(f"{DATA}import/", {"file": io.BytesIO(data)})
    until(lambda: Job.objects.filter(outcome="done").exists())
    forget(owner.pk)  # the process has not the cache of the tests
    assert Transaction.objects.filter(user=owner).count() == 1
