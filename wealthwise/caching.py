"""Small, rarely changing facts of one person, cached until one of them is written.

Each fact has a generation per person in the cache, a random token. A reader takes the generation first,
then the value stored under it, or loads the value from the database and stores it under the generation
it took. A writer renews the generation when its transaction has committed. A reader that loaded before
the commit can therefore only store under a generation that nobody asks for any more, so an old value
never outlives the write that replaced it.

Without a cache every read goes to the database. A cache that was away while somebody wrote may come
back with an old value; it goes after LIFETIME.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import transaction

LIFETIME = 300  # seconds
_MISSING = "\0missing"  # a value nobody stores; None is a value here ("no active period")


class PersonalFact[Value]:
    """One fact per person: ``load(user_id)`` reads it from the database.

    ``version`` is part of the key: raise it when the shape of the value changes with a release.
    """

    def __init__(self, name: str, load: Callable[[int], Value], *, version: int = 1) -> None:
        self.name, self.load, self.version = name, load, version
        CACHED[name] = self

    def get(self, user_id: int) -> Value:
        """The value, from the cache when it is there."""
        generation = cache.get(self._generation_key(user_id), "")
        key = f"{self.name}:{self.version}:{user_id}:{generation}"
        value: Any = cache.get(key, _MISSING)
        if value == _MISSING:
            value = self.load(user_id)
            cache.set(key, value, LIFETIME)
        return value  # type: ignore[no-any-return]

    def changed(self, user_id: int) -> None:
        """Say that the fact was written; effective when the transaction commits."""
        transaction.on_commit(lambda: self._renew_generation(user_id))

    def _renew_generation(self, user_id: int) -> None:
        # Longer than any value: a generation that expired first would let an older value return.
        cache.set(self._generation_key(user_id), secrets.token_hex(8), 2 * LIFETIME)

    def _generation_key(self, user_id: int) -> str:
        return f"{self.name}:{self.version}:{user_id}:generation"


CACHED: dict[str, PersonalFact[Any]] = {}
