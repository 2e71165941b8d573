"""What the cache holds against what the database says."""

from django.core.cache import cache
from django.db import connection

from wealthwise.core.caching import CACHED


def stale_facts() -> list[str]:
    """Name and user of every cached fact that a reader would be given and that is not true any more."""
    stale = []
    if connection.connection is not None and connection.connection.closed:
        return stale  # a response that was closed took the connection of the test along
    for key in cache.keys("*") or []:  # None: a cache that is away
        name, _, rest = str(key).partition(":")
        fact = next((fact for fact in CACHED.values() if fact.name.replace(" ", "-") == name), None)
        parts = rest.split(":")
        if fact is None or fact.name.startswith("test ") or len(parts) != 2 or not parts[1].isdigit():
            continue
        user_id = int(parts[1])
        known = fact.get(user_id)
        if known != fact.load(user_id):
            stale.append(f"{fact.name} of {user_id}")
    return stale
