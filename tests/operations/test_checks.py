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
    settings.WORKERS, settings.WORKER_CONNECTIONS = 4, allowed() // 4 + 1
    assert "wealthwise.E004" in ids()
    (message,) = checks.pools_fit_the_server(databases=["default"])
    assert message.msg.startswith(f"4 workers may open {4 * (allowed() // 4 + 1)} connections")
    assert "WEALTHWISE_THREADS" in str(message.hint)
    settings.WORKERS, settings.WORKER_CONNECTIONS = 1, allowed() - 1
    assert "wealthwise.E004" not in ids()


@pytest.mark.parametrize(("threads", "refused"), [(0, True), (1, False), (30, False), (31, True)])
def test_each_thread_has_a_connection(settings: Any, threads: int, refused: bool) -> None:
    settings.THREADS, settings.POOL_MAXIMUM = threads, 30
    assert ("wealthwise.E005" in ids()) is refused


def test_the_whole_pool_can_be_reached(settings: Any) -> None:
    """The plan's ten and twenty more, with nothing set."""
    assert (settings.THREADS, settings.POOL_MAXIMUM) == (30, 30)
    assert "wealthwise.W008" not in ids()
    settings.THREADS = 8
    (message,) = checks.pool_is_reachable()
    assert message.msg == "Of the 30 connections of a process its 8 threads reach as many."


def test_a_pooler_has_limits_of_its_own(settings: Any) -> None:
    settings.WORKER_CONNECTIONS, settings.BEHIND_POOLER = 100_000, True
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


# Of a deployment


SOUND = {
    "USE_TLS": True,
    "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    "ALLOWED_HOSTS": ["money.example"],
    "METRICS_TOKEN": "VTWxVyGf5JVQjc1WJ8oDqFJyHqZ0xgqZ",
    "CACHES": {"default": {"LOCATION": "redis://:a-password@10.0.0.5:6379/0"}},
    "MAILERS": {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}},
}
WEAK: list[tuple[str, dict[str, Any]]] = [
    ("wealthwise.W001", {"USE_TLS": False}),
    ("wealthwise.W002", {"ALLAUTH_TRUSTED_PROXY_COUNT": 0}),
    ("wealthwise.W003", {"ALLOWED_HOSTS": ["money.example", "*"]}),
    ("wealthwise.W004", {"METRICS_TOKEN": "secret"}),
    ("wealthwise.W004", {"METRICS_TOKEN": "abcabc" * 10}),
    ("wealthwise.W005", {"CACHES": {"default": {"LOCATION": "redis://10.0.0.5:6379/0"}}}),
    ("wealthwise.W006", {"MAILERS": {"default": {"BACKEND": "wealthwise.core.mail.EmailBackend"}}}),
]


def told(settings: Any, **changes: Any) -> set[str]:
    """What the checks of a deployment say that need no database and no cache."""
    for name, value in (SOUND | changes).items():
        if name != "CACHES":
            setattr(settings, name, value)
    found = {}
    for check in (
        checks.site_uses_tls, checks.visitors_have_addresses_of_their_own, checks.hosts_are_named,
        checks.tokens_are_strong, checks.cache_has_a_password, checks.mail_is_sent,
    ):  # fmt: skip
        usual = settings.CACHES
        try:
            settings.CACHES = (SOUND | changes)["CACHES"]
            found |= {message.id: message for message in check()}
        finally:
            settings.CACHES = usual
    assert all(message.hint for message in found.values())
    return set(found)


def test_a_sound_deployment_is_told_nothing(settings: Any) -> None:
    assert told(settings) == set()
    for location in ("unix:///run/valkey.sock?db=0", "rediss://user:word@cache.example:6380/0"):
        assert told(settings, CACHES={"default": {"LOCATION": location}}) == set()
    assert told(settings, METRICS_TOKEN="") == set()


@pytest.mark.parametrize(("name", "changes"), WEAK)
def test_what_is_weak_is_named(settings: Any, name: str, changes: dict[str, Any]) -> None:
    assert told(settings, **changes) == {name}


def test_checks_of_a_deployment_are_asked_for(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert "wealthwise.W003" in ids()
