"""A pool whose connections all broke at once is empty after the first of them, and serves again at once."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from psycopg_pool import PoolTimeout

from tests.databases import administrator
from wealthwise.postgres.backend import base, waits
from wealthwise.postgres.sql import value_of

KEPT = 4
NAME = "wealthwise-test-pool"
END = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"


@pytest.fixture
def pooled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The database by a pool as pages have it."""
    with django_db_blocker.unblock():
        yield from _pooled()


def _pooled() -> Iterator[Any]:
    pool = {"min_size": KEPT, "max_size": KEPT, "check": None, "timeout": waits.TRY, "reconnect_timeout": waits.TRY}
    options = {**connection.settings_dict["OPTIONS"], "pool": pool, "application_name": NAME}
    connections.settings["pooled"] = {**connection.settings_dict, "OPTIONS": options}
    try:
        yield connections["pooled"]
    finally:
        connections["pooled"].close()
        connections["pooled"].close_pool()
        del connections["pooled"]
        del connections.settings["pooled"]


def test_the_first_request_after_a_restart_is_answered(pooled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.DatabaseWrapper, "_emptied_at", 0.0)
    before = value_of("SELECT pg_backend_pid()", on=pooled)
    pooled.close()
    pooled.pool.wait()
    with administrator() as server:
        assert server.execute(END, [NAME]).fetchone() == (KEPT,)
    begun = time.process_time()
    assert value_of("SELECT pg_backend_pid()", on=pooled) != before
    assert time.process_time() - begun < 1
    pooled.close()
    pooled.pool.wait()
    pids = set()
    for _ in range(KEPT * 2):
        pids.add(value_of("SELECT pg_backend_pid()", on=pooled))
        pooled.close()
    assert len(pids) == KEPT
    assert pooled.pool.get_stats().get("returns_bad", 0) == 1  # the others were never given out


def test_whoever_waits_for_a_connection_is_told_in_the_end(pooled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LONGEST", 0.5)
    value_of("SELECT 1", on=pooled)
    held = [pooled.pool.getconn(timeout=5) for _ in range(KEPT - 1)]
    other = pooled.copy("pooled")
    try:
        with pytest.raises(PoolTimeout):
            other.connect()
    finally:
        for one in held:
            pooled.pool.putconn(one)
