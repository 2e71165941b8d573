"""What is past its days goes, in batches; what is not, and what says when something was last done, stays."""

import threading
import time
import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tests.databases import administrator
from tests.factories import make_account, make_user
from transactions.models import ImportBatch, Job, ViewRefresh
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.operations import retention

pytestmark = pytest.mark.django_db


def pruned(settings: Any, **days: int) -> dict[str, int]:
    settings.KEPT_DAYS = dict.fromkeys(settings.KEPT_DAYS, 0) | days
    return {kind.name: gone for kind, gone in retention.prune(connection)}


def test_records_go_after_their_days_in_batches(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    old, new = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    user = make_user()
    for at in (old, old, old, new):
        Job.objects.create(user=user, kind="export", finished_at=at, outcome="done")
        job = ConsoleJob.objects.create(kind="check", actor="ann", actor_uuid=uuid.uuid4(), target=str(at))
        ConsoleJob.objects.filter(pk=job.pk).update(finished_at=at, outcome="done")
    Job.objects.create(user=user, kind="export")
    last = ConsoleJob.objects.create(kind="vacuum", actor="ann", actor_uuid=uuid.uuid4())
    ConsoleJob.objects.filter(pk=last.pk).update(finished_at=old, outcome="done")
    assert pruned(settings) == {}
    assert pruned(settings, jobs=30, console_jobs=30) == {"jobs": 3, "console_jobs": 3}
    assert [job.finished_at for job in Job.objects.order_by("id")] == [new, None]
    assert set(ConsoleJob.objects.values_list("kind", flat=True)) == {"check", "vacuum"}


def test_the_last_good_refresh_stays_whatever_its_age(settings: Any) -> None:
    old = timezone.now() - timedelta(days=100)
    for error, finished in (("", old), ("", old), ("disk is full", old), ("", None)):
        refresh = ViewRefresh.objects.create(view_name="v", finished_at=finished, error=error)
        ViewRefresh.objects.filter(pk=refresh.pk).update(started_at=old)
    first, good, failed, killed = ViewRefresh.objects.order_by("id")
    assert pruned(settings, refreshes=90) == {"refreshes": 1}
    assert list(ViewRefresh.objects.order_by("id")) == [good, failed, killed]
    assert first not in ViewRefresh.objects.all()


def test_files_nobody_decided_about_go_and_lines_of_imported_ones(settings: Any) -> None:
    user = make_user()
    account = make_account(user)
    batches = [
        ImportBatch.objects.create(
            user=user, account=account, kind="csv", file_name="a", state=state, errors=[{"line": 1}], error_count=1
        )
        for state in ("uploaded", "uploaded", "committed", "committed")
    ]
    long_ago = timezone.now() - timedelta(days=400)
    old_ids = [batches[0].pk, batches[2].pk]
    ImportBatch.objects.filter(pk__in=old_ids).update(created_at=long_ago)
    assert pruned(settings, uploads=90, import_errors=365) == {"uploads": 1, "import_errors": 1}
    waiting, imported, recent = ImportBatch.objects.order_by("id")
    assert (waiting.pk, imported.pk, recent.pk) == (batches[1].pk, batches[2].pk, batches[3].pk)
    assert (imported.errors, imported.error_count) == ([], 1)
    assert waiting.errors == recent.errors == [{"line": 1}]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_imported_meanwhile_stays(settings: Any) -> None:
    user = make_user()
    batch = ImportBatch.objects.create(user=user, account=make_account(user), kind="csv", file_name="a")
    ImportBatch.objects.update(created_at=timezone.now() - timedelta(days=400))
    found: list[dict[str, int]] = []

    def prune() -> None:
        try:
            found.append(pruned(settings, uploads=90))
        finally:
            connection.close()

    with administrator(connection.settings_dict["NAME"]) as importing:
        importing.execute("BEGIN")
        importing.execute("UPDATE import_batch SET state = 'committed', committed_at = now()")
        pruning = threading.Thread(target=prune)
        pruning.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        deadline = time.monotonic() + 60
        with administrator() as watching:
            while watching.execute(waits, [connection.settings_dict["NAME"]]).fetchone() != (1,):
                assert time.monotonic() < deadline, "it did not wait"
                time.sleep(0.02)
        importing.execute("COMMIT")
    pruning.join(60)
    assert found == [{"uploads": 0}]
    assert ImportBatch.objects.get().pk == batch.pk


@pytest.mark.django_db(transaction=True)
def test_the_log_is_shortened_by_its_owner_alone_and_says_so(settings: Any) -> None:
    for days in (800, 10):
        at = timezone.now() - timedelta(days=days)
        ConsoleLog.objects.create(at=at, actor="ann", actor_uuid=uuid.uuid4(), action="unmask")
    assert pruned(settings, console_log=730) == {"console_log": 1}
    said = ConsoleLog.objects.get(action="prune")
    assert said.after == {"entries": 1}
    assert ConsoleLog.objects.filter(action="unmask").count() == 1
    with pytest.raises(Exception, match="append-only"):
        ConsoleLog.objects.all().delete()


def test_the_command_tells_each_kind(settings: Any) -> None:
    out = StringIO()
    call_command("prune", stdout=out)
    said = out.getvalue()
    assert "Deleted: 0 address verifications" in said
    for kind in retention.KINDS:
        assert (kind.what in said) == bool(settings.KEPT_DAYS[kind.name])
