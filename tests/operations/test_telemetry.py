"""Probes, metrics and log lines: what machines are told, and what nobody is told."""

import json
import logging
import re
import sys
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from tests.factories import at, booked_at, make_account, make_transaction
from transactions.models import ImportBatch, Transaction, ViewRefresh
from transactions.summaries.upkeep import VIEW
from wealthwise.operations.telemetry import active, metrics, probes
from wealthwise.operations.telemetry.logs import JsonFormatter

TOKEN = {"Authorization": "Bearer a-long-token"}


class Lines(logging.Handler):
    """Collects what the formatter makes of each record."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.found: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Any:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler.found
    logging.getLogger().removeHandler(handler)


# Probes


def test_alive_needs_nothing_at_all(client: Client) -> None:
    """No database fixture: a statement would fail this test. Any host name will do, as a probe comes by address."""
    answer = client.get("/healthz", headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_says_which_part_is_missing(client: Client, monkeypatch: Any) -> None:
    whole = client.get("/readyz")
    parts = ["database", "cache", "migrations", "secret_key", "static_files"]
    assert (whole.status_code, whole.json()) == (200, dict.fromkeys(parts, "ok"))
    monkeypatch.setattr(probes, "_cache", lambda: 1 / 0)
    broken = client.get("/readyz")
    assert (broken.status_code, broken.json()["cache"]) == (503, "failing")


@pytest.mark.django_db
def test_without_a_key_or_the_list_of_static_files_nobody_is_sent_here(
    client: Client, settings: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    """Both make each page a 500."""
    storage = ManifestStaticFilesStorage(location=tmp_path)
    monkeypatch.setattr(probes, "staticfiles_storage", storage)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["static_files"]) == (503, "failing")
    storage.hashed_files = {"css/base.css": "css/base.1.css"}
    assert client.get("/readyz").json()["static_files"] == "failing"
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.1.css").touch()
    assert client.get("/readyz").status_code == 200
    settings.SECRET_KEY = ""
    assert client.get("/readyz").json()["secret_key"] == "failing"


@pytest.mark.django_db
def test_pending_migrations_are_not_ready_and_found_again(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(probes, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ops' AND name = '0007_regular_work_is_seen'")
    assert client.get("/readyz").json()["migrations"] == "failing"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ops', '0007_regular_work_is_seen', now())"
        )
    assert client.get("/readyz").status_code == 200


# Metrics


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_are_no_metrics(client: Client) -> None:
    assert client.get("/metrics", headers=TOKEN).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer a-long-toke", "Bearer a-long-tokens", "Basic a-long-token", "é"]
)
def test_another_token_is_refused(given: str, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    answer = client.get("/metrics", HTTP_AUTHORIZATION=given)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def samples() -> dict[tuple[str, str, str, str], float]:
    """What /metrics says, as Prometheus reads it, by name, view, status and upper limit."""
    return {
        (sample.name, *(sample.labels.get(label, "") for label in ("view", "status", "le"))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }


@pytest.fixture
def counters(db: None) -> None:
    metrics.seconds.clear()
    metrics.statements.clear()


@pytest.mark.usefixtures("counters")
def test_metrics_count_requests_by_view(owner: User, owner_client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    ViewRefresh.objects.create(view_name=VIEW, checksum=1)
    ImportBatch.objects.create(user=owner, account=make_account(owner), kind="csv", state="committed", new_count=17)
    for _ in range(3):
        owner_client.get(reverse("transactions:list"))
    owner_client.get("/no-such-page/")
    answer = owner_client.get("/metrics", headers=TOKEN)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert not re.search(r"owner|no-such-page", answer.content.decode())
    found = samples()
    listed = ("transactions:list", "2xx")
    assert found["wealthwise_request_seconds_count", *listed, ""] == 3
    assert found["wealthwise_request_seconds_bucket", *listed, "+Inf"] == 3
    assert found["wealthwise_request_seconds_count", "unknown", "4xx", ""] == 1
    assert 3 <= found["wealthwise_request_statements_total", *listed, ""] <= 30
    assert found["wealthwise_import_rows_last_day", "", "", ""] == 17
    assert 0 <= found["wealthwise_view_age_seconds", "", "", ""] < 60
    assert not [name for name, *_ in found if name.endswith("_created")]


@pytest.mark.usefixtures("counters")
def test_a_bucket_holds_every_request_up_to_its_limit() -> None:
    for took in (0.0, 0.01, 0.02, 3.0, 99.0):
        metrics.observe("page", 200, took, 2)
    found = samples()
    buckets = [found["wealthwise_request_seconds_bucket", "page", "2xx", f"{limit}"] for limit in metrics.BUCKETS]
    assert buckets == [2, 3, 3, 3, 3, 3, 3, 3, 4]
    assert found["wealthwise_request_seconds_bucket", "page", "2xx", "+Inf"] == 5
    assert found["wealthwise_request_statements_total", "page", "2xx", ""] == 10


# Log lines


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_its_id_and_the_person(owner: User, owner_client: Client, lines: Any) -> None:
    make_transaction(owner, "-432.10", description="Private matter")
    answer = owner_client.get(reverse("transactions:list") + "?q=Private", headers={"X-Request-ID": "edge-0001"})
    assert answer.headers["X-Request-ID"] == "edge-0001"
    (line,) = [line for line in lines if line["logger"] == "wealthwise.request"]
    assert (line["request_id"], line["user"], line["view"], line["status"]) == (
        "edge-0001",
        str(owner.uuid),
        "transactions:list",
        200,
    )
    assert line["statements"] > 0
    assert not [text for text in ("432.10", "Private", owner.email) if text in json.dumps(line)]


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["short", "x" * 40, "with space", "<script>", "a\tb_cdefgh"])
def test_a_strange_id_is_replaced(given: str, client: Client) -> None:
    answer = client.get("/help/", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


@pytest.mark.django_db
def test_an_error_is_told_without_the_row_that_the_database_quotes(owner: User, lines: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        try:
            with transaction.atomic():
                Transaction.objects.create(
                    user=owner, amount="-432.10", description="", **booked_at(owner, at(owner, "2026-01-01"))
                )
        except IntegrityError:
            assert "432.10" in str(sys.exc_info()[1])
            logging.getLogger("somewhere").exception("It could not be saved")
    (line,) = [line for line in lines if line["logger"] == "somewhere"]
    assert (line["exception"], line["message"]) == ("IntegrityError", "It could not be saved")
    assert line["stack"]
    assert "432.10" not in json.dumps(line)


# Active users


@pytest.mark.django_db
def test_active_people_are_counted_once_a_day(owner_client: Client, stranger_client: Client, client: Client) -> None:
    from datetime import UTC, datetime, timedelta

    active._seen.clear()
    for visitor in (owner_client, owner_client, stranger_client, client):
        visitor.get("/dashboard/")
    today = datetime.now(UTC).date()
    assert active.per_day([today - timedelta(days=1), today]) == [0, 2]


def test_without_a_cache_nobody_is_counted_and_nothing_fails(monkeypatch: Any) -> None:
    from datetime import UTC, datetime

    def away(name: str) -> None:
        raise ConnectionError("no cache")

    monkeypatch.setattr(active, "get_redis_connection", away)
    active._seen.clear()
    active.seen("somebody")
    assert active.per_day([datetime.now(UTC).date()]) == [0]
    assert not active._seen
    assert cache.get("anything") is None
