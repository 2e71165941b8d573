"""Shared by every test: the embedded servers, three actors, and a cache that starts empty.

The database is real PostgreSQL and the cache real Valkey. ``WEALTHWISE_TEST_DB`` names the test
database, so that two runs on one server do not meet.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.examples import EACH
from wealthwise.devserver import server

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
hypothesis.settings.register_profile("each", EACH)
hypothesis.settings.load_profile("each")
_lease = server.ensure_from_environment(server.HOME, os.environ)


@pytest.fixture(scope="session", autouse=True)
def _test_settings() -> Iterator[None]:
    """Fast hashing, mail kept in memory, no throttled mails between tests, a cache of this run only."""
    from django.conf import settings
    from django.test.utils import override_settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    usual = settings.CACHES["default"]
    patient = {**usual["OPTIONS"], "SOCKET_TIMEOUT": 10, "SOCKET_CONNECT_TIMEOUT": 10}  # the machine may be busy
    caches = {"default": {**usual, "OPTIONS": patient, "KEY_PREFIX": f"test-{os.getpid()}-{worker}"}}
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        CACHES=caches,
        WHITENOISE_AUTOREFRESH=True,
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Keep the plugin's suffix per worker; the base name is set in pytest_configure. Migrating is done already."""
    from django.conf import settings

    from tests.databases import let_go_of_durability, migrated

    with django_db_blocker.unblock():
        if _lease is not None:  # not a server that somebody named
            let_go_of_durability()
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated()


def _tell_of_templates() -> None:
    """Let the test client collect what Jinja2's pages are rendered with, as it does for Django's own language."""
    from django.template.backends.jinja2 import Template
    from django.test.signals import template_rendered

    render = Template.render

    def telling(self: Any, context: Any = None, request: Any = None) -> Any:
        context = {} if context is None else context
        page = render(self, context, request)  # which adds what the context processors know
        template_rendered.send(sender=self, template=self, context=dict(context))
        return page

    Template.render = telling


# A hundredth of what TRUNCATE of every table, partition and index takes, for the few rows that a test leaves.
_EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
    SET LOCAL session_replication_role = replica;  -- neither triggers nor keys have a say
    FOR name IN SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                  AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission') LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT matviewname FROM pg_matviews WHERE schemaname = 'public' AND ispopulated LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('REFRESH MATERIALIZED VIEW %I', name); END IF;
    END LOOP;
END $$
"""


def _empty_by_deleting() -> None:
    """A test that commits leaves its rows: delete them instead of making every table anew."""
    from django.db import connections
    from django.test import TransactionTestCase

    def empty(self: Any) -> None:
        for alias in self._databases_names(include_mirrors=False):
            with connections[alias].cursor() as cursor:
                cursor.execute(_EMPTY)

    TransactionTestCase._fixture_teardown = empty


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    _tell_of_templates()
    _empty_by_deleting()
    name = os.environ.get("WEALTHWISE_TEST_DB", "test_wealthwise")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no worker is left with it at the end: by what a test asks for.

    It is asked after the plugin for Django, which puts these last.
    """
    items.sort(key=lambda item: not (_transactional(item) or _LONG & set(getattr(item, "fixturenames", ()))))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there until the end (modules, five thousand items) is not gone through again for each test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A thread of the live server may close its connection late: end it, or the database cannot be dropped.

    It is asked by a new connection, as a test may have ended that which there is.
    """
    yield
    from django.db import connection

    connection.close()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    from django.core.cache import cache

    from wealthwise.core.cache.breaker import BREAKER

    BREAKER.reset()  # a test before took the cache away
    cache.delete_pattern("*", itersize=1000)  # of this run only: another worker counts its own tries


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Commands that the site would start in processes of their own. None is: it would find another database."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr("transactions.summaries.upkeep.start_command", lambda *arguments: found.append(arguments))
    return found


_LONG = {"seeded", "partitions", "site"}  # fixtures that load many rows or start a site


def _transactional(item: Any) -> bool:
    marker = item.get_closest_marker("django_db")
    names = {"transactional_db", "live_server", "scratch", "migrated_scratch"} & set(item.fixturenames)
    return bool(names or (marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))))


@pytest.fixture(autouse=True)
def _commits_nothing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test inside one transaction never commits: what is cached then ends with the write itself."""
    if not _transactional(request.node):
        monkeypatch.setattr("wealthwise.core.caching.on_commit", lambda renew: renew())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[Any]:
    """After each test that reached the database: whatever is cached of anybody is what the database says."""
    result = yield
    if {"db", "transactional_db"} & set(item.fixturenames) or item.get_closest_marker("django_db"):
        from tests.cached import stale_facts

        assert stale_facts() == []
    return result


@pytest.fixture
def owner(db: None) -> Any:
    from tests.factories import make_user

    return make_user("owner")


@pytest.fixture
def stranger(db: None) -> Any:
    from tests.factories import make_user

    return make_user("stranger")


@pytest.fixture
def staff(db: None) -> Any:
    from tests.factories import make_user

    return make_user("staff", is_staff=True, is_superuser=True)


@pytest.fixture
def owner_client(owner: Any) -> Any:
    from tests.factories import signed_in

    return signed_in(owner)


@pytest.fixture
def stranger_client(stranger: Any) -> Any:
    from tests.factories import signed_in

    return signed_in(stranger)


@pytest.fixture
def staff_client(staff: Any) -> Any:
    from tests.factories import signed_in

    return signed_in(staff)


@pytest.fixture
def scratch(django_db_blocker: Any) -> Iterator[Any]:
    """An empty database of its own under the alias "scratch", for tests that change the schema."""
    from tests.databases import scratch_database

    with django_db_blocker.unblock(), scratch_database() as database:
        yield database


@pytest.fixture
def migrated_scratch(django_db_blocker: Any) -> Iterator[Any]:
    """As "scratch", with every migration applied."""
    from tests.databases import migrated, scratch_database

    with django_db_blocker.unblock(), scratch_database(migrated()) as database:
        yield database


def pytest_unconfigure(config: pytest.Config) -> None:
    if _lease is not None:
        _lease.close()
