"""The cache per user: never older than the last committed write, and not needed for an answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from wealthwise.core.caching import CACHED, LIFETIME, CachedFact


@pytest.fixture
def truth() -> dict[int, Any]:
    return {1: "old", 2: "other"}


@pytest.fixture
def fact(truth: dict[int, Any]) -> Iterator[CachedFact[Any]]:
    yield CachedFact("test fact", lambda user_id: truth[user_id])
    del CACHED["test fact"]


@pytest.mark.django_db(transaction=True)
class TestCachedFact:
    def test_it_is_loaded_once(self, fact: CachedFact[Any], truth: dict[int, Any]) -> None:
        assert fact.get(1) == "old"
        truth[1] = "changed behind its back"
        assert fact.get(1) == "old"
        assert fact.get(2) == "other"

    def test_nothing_is_a_value_too(self, fact: CachedFact[Any], truth: dict[int, Any]) -> None:
        truth[1] = None
        assert fact.get(1) is None
        truth[1] = "something"
        assert fact.get(1) is None

    def test_a_write_counts_from_its_commit(self, fact: CachedFact[Any], truth: dict[int, Any]) -> None:
        assert fact.get(1) == "old"
        with transaction.atomic():
            truth[1] = "new"
            fact.changed(1)
            assert fact.get(1) == "old"
        assert fact.get(1) == "new"

    def test_a_write_rolled_back_changes_nothing(self, fact: CachedFact[Any]) -> None:
        generation = fact._keys(1)[1]
        with pytest.raises(RuntimeError), transaction.atomic():
            fact.changed(1)
            raise RuntimeError
        assert cache.get(generation) is None

    def test_a_slow_reader_cannot_bring_an_old_value_back(self, truth: dict[int, Any]) -> None:
        """The reader loads before the commit and stores after it."""

        def load(user_id: int) -> Any:
            value = truth[user_id]
            if value == "old":
                truth[user_id] = "new"
                slow.changed(user_id)  # somebody else's commit, between the load and the store
            return value

        slow = CachedFact("slow fact", load)
        try:
            assert slow.get(1) == "old"
            assert slow.get(1) == "new"
        finally:
            del CACHED["slow fact"]

    def test_a_generation_outlives_what_a_slow_reader_stores(self, truth: dict[int, Any]) -> None:
        """The reader, begun before the write, stores an old value a minute after it at the latest."""

        def load(user_id: int) -> Any:
            slow.changed(user_id)
            return truth[user_id]

        slow = CachedFact("slow fact", load)
        try:
            slow.get(1)
            value, generation = (cache.ttl(key) for key in slow._keys(1))
            assert 0 < value <= LIFETIME
            assert generation > value + 60
        finally:
            del CACHED["slow fact"]

    def test_it_works_without_a_cache(self, fact: CachedFact[Any], truth: dict[int, Any], settings: Any) -> None:
        away = {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}
        settings.CACHES = {"default": away}
        assert fact.get(1) == "old"
        truth[1] = "new"
        fact.changed(1)
        assert fact.get(1) == "new"
