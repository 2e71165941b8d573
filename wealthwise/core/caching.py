"""Small, rarely changing facts of one user, cached until one of them is written.

Each fact has a generation per user in the cache, a random token, and a value that says under which
generation it was loaded. A reader takes both in one round trip; when they do not belong together it loads
the value from the database and stores it with the generation it took. A writer renews the generation when
its transaction has committed. A reader that loaded before the commit can therefore only store a value of a
generation that is gone, so an old value never outlives the write that replaced it.

Without a cache every read goes to the database. A cache that was away while somebody wrote may come
back with an old value; it goes after LIFETIME.
"""

import secrets
from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec
from django.core.cache import cache
from django.db.transaction import on_commit

from wealthwise.core.cache.packing import UNREADABLE

LIFETIME = 300  # seconds
LONGER = 2 * LIFETIME  # than any value: a generation that expired first would let an older value return


class CachedFact[Value]:
    """One fact per user: ``load(user_id)`` reads it from the database, ``kind()`` is the type of the value.

    ``version`` is part of the key: raise it when the shape of the value changes with a release.
    """

    def __init__(
        self, name: str, load: Callable[[int], Value], *, kind: Callable[[], Any] = lambda: Any, version: int = 1
    ) -> None:
        self.name, self.load, self.kind, self.version = name, load, kind, version
        CACHED[name] = self

    @cached_property
    def _decoder(self) -> Any:
        return msgspec.msgpack.Decoder(tuple[str, self.kind()])  # type: ignore[misc]  # known once models are loaded

    def get(self, user_id: int, *, holds: Callable[[Value], bool] = lambda _: True) -> Value:
        """The value, from the cache when it is there and ``holds`` says that it still is so."""
        value_key, generation_key = self._keys(user_id)
        found = cache.get_many([value_key, generation_key])
        generation, stored = found.get(generation_key) or "", self._read(found.get(value_key))
        if stored is not None and stored[0] == generation and holds(stored[1]):
            return stored[1]
        value = self.load(user_id)
        cache.set(value_key, msgspec.msgpack.encode((generation, value)), LIFETIME)
        return value

    def _read(self, packed: object) -> tuple[str, Value] | None:
        """What was stored, None when it is not there or of another kind."""
        if not isinstance(packed, bytes):
            return None
        try:
            found: tuple[str, Value] = self._decoder.decode(packed)
        except UNREADABLE:
            return None
        return found

    def changed(self, user_id: int) -> None:
        """Say that the fact was written; effective when the transaction commits."""
        on_commit(lambda: cache.set(self._keys(user_id)[1], secrets.token_hex(8), LONGER))

    def _keys(self, user_id: int) -> tuple[str, str]:
        """Where the value and where the generation is."""
        key = f"{self.name}:{self.version}:{user_id}".replace(" ", "-")
        return key, f"{key}:generation"


CACHED: dict[str, CachedFact[Any]] = {}


def erased(user_id: int) -> None:
    """Say that a user is gone: what is cached of them goes when that is committed, not when its time is over."""
    on_commit(lambda: cache.delete_many([key for fact in CACHED.values() for key in fact._keys(user_id)]))


def forget(user_id: int) -> None:
    """Say that everything of a user was written, as by filling or emptying a household; in one round trip."""
    generations = [fact._keys(user_id)[1] for fact in CACHED.values()]
    on_commit(lambda: cache.set_many({key: secrets.token_hex(8) for key in generations}, LONGER))
