"""Misconfiguration is said before it hurts, with the way to mend it."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from wealthwise import checks

pytestmark = pytest.mark.django_db


def ids() -> list[str]:
    return [message.id for message in run_checks(databases=["default"], include_deployment_checks=True)]


def allowed() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        )
        return int(cursor.fetchone()[0])


def test_this_configuration_is_sound() -> None:
    assert [name for name in ids() if name.startswith("wealthwise.E")] == []


def test_pools_beyond_the_server_are_refused(settings: Any) -> None:
    settings.WORKERS, settings.POOLED_CONNECTIONS = 4, allowed()
    assert "wealthwise.E004" in ids()
    (message,) = checks.pools_fit_the_server(databases=["default"])
    assert message.msg.startswith(f"4 workers may open {allowed()} connections")
    assert "WEALTHWISE_THREADS" in str(message.hint)
    settings.POOLED_CONNECTIONS = allowed() - 1
    assert "wealthwise.E004" not in ids()


@pytest.mark.parametrize(("threads", "refused"), [(0, True), (1, False), (30, False), (31, True)])
def test_each_thread_has_a_connection(settings: Any, threads: int, refused: bool) -> None:
    settings.THREADS, settings.POOL_MAXIMUM = threads, 30
    assert ("wealthwise.E005" in ids()) is refused


def test_a_pooler_has_limits_of_its_own(settings: Any) -> None:
    settings.POOLED_CONNECTIONS, settings.BEHIND_POOLER = 100_000, True
    assert "wealthwise.E004" not in ids()


@pytest.mark.parametrize(("number", "refused"), [(-1, True), (0, False), (16, False), (256, False), (257, True)])
def test_partitions_are_sensible(settings: Any, number: int, refused: bool) -> None:
    settings.TRANSACTION_PARTITIONS = number
    assert ("wealthwise.E003" in ids()) is refused


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MINIMUM_POSTGRES", 990000)
    assert "wealthwise.E002" in ids()


def test_without_a_database_nothing_is_asked() -> None:
    assert checks.pools_fit_the_server(databases=None) == checks.postgres_is_recent(databases=None) == []
