"""Rows of the plan about the application: eager loading, pool, cache, maintenance, monitoring, times."""

import os
from importlib import import_module, util
from typing import Any

from django.core.cache import cache
from django.core.management import get_commands
from django.db import models
from django.db.models import QuerySet

from transactions.models import Subcategory, Transaction
from wealthwise.operations.plan.facts import Facts, Row

EAGER, POOL, CACHE = "5.3 Eager loading", "6.1 Connection pool", "6.2 Cache"
MAINTENANCE, MONITORING, TIMES = "7.1 Maintenance", "7.2 Monitoring", "9 Expected times"
NOT_IN_PLACE = "not in place"
CACHED = ("settings", "category tree", "active period")
EXPECTED = {
    "user dashboard under 50 ms": "dashboard",
    "transaction list under 100 ms, 10,000 rows per user": "list",
    "budget calculations under 200 ms": "budget",
}


def eager_rows() -> list[Row]:
    """Section 5.3: lists join what they show, and a relation that was forgotten raises."""
    listed = Transaction.objects.for_list()
    raising = getattr(listed, "_fetch_mode", None) is models.FETCH_RAISE
    return [
        _joined_row("transaction list", listed, ("subcategory__category", "account")),
        Row(EAGER, "no lazy loading", raising, "FETCH_RAISE" if raising else "relations load one by one"),
        _joined_row("subcategory choices", Subcategory.objects.with_category(), ("category",)),
    ]


def _joined_row(name: str, queryset: QuerySet[Any], paths: tuple[str, ...]) -> Row:
    missing = [path for path in paths if not _joins(queryset, path)]
    state = f"not joined: {', '.join(missing)}" if missing else f"joins {', '.join(paths)}"
    return Row(EAGER, name, not missing, state)


def _joins(queryset: QuerySet[Any], path: str) -> bool:
    level: Any = queryset.query.select_related
    for part in path.split("__"):
        if not isinstance(level, dict) or part not in level:
            return False
        level = level[part]
    return True


def pool_rows() -> list[Row]:
    """Section 6.1: what a serving process uses; this command itself needs no pool."""
    module = import_module("wealthwise.settings")
    pool: dict[str, Any] = getattr(module, "_pool", {})
    kept = int(pool.get("min_size", 0))
    more = int(pool.get("max_size", 0)) - kept
    checked = bool(module.DATABASES["default"].get("CONN_HEALTH_CHECKS"))
    life = pool.get("max_lifetime")
    return [
        _sized_row("connections kept", kept, 10, "DB_POOL_SIZE"),
        _sized_row("more at a peak", more, 20, "DB_POOL_OVERFLOW"),
        Row(POOL, "checked before use", checked, "on every checkout" if checked else "not checked"),
        Row(POOL, "an hour's life", life == 3600, f"{life} s"),
    ]


def _sized_row(name: str, value: int, planned: int, variable: str) -> Row:
    """An operator sizes the pool per process, so a number set on purpose is right."""
    chosen = variable in os.environ
    state = f"{value}, set by {variable} (the plan says {planned})" if chosen else str(value)
    return Row(POOL, name, value == planned or (chosen and value >= 0), state)


def cache_rows() -> list[Row]:
    """Section 6.2: the cache answers, and each kind of data that the plan names is kept in it."""
    registry: Any = {}
    if util.find_spec("wealthwise.core.caching"):
        registry = getattr(import_module("wealthwise.core.caching"), "CACHED", {})
    answers = _cache_answers()
    return [
        Row(CACHE, "cache", answers, "answers" if answers else "does not answer; pages read the database"),
        *(
            Row(CACHE, name, name in registry, "kept per user" if name in registry else NOT_IN_PLACE)
            for name in CACHED
        ),
    ]


def _cache_answers() -> bool:
    """A round trip: the client ignores errors, so a cache that is down just forgets."""
    key, sent = f"plan-{os.getpid()}", os.urandom(8).hex()
    cache.set(key, sent, 10)
    received = cache.get(key)
    cache.delete(key)
    return received == sent


def maintenance_rows(facts: Facts) -> list[Row]:
    """Section 7.1: the server cleans up by itself, and a command does what is asked for."""
    on = facts.server.autovacuum
    return [
        Row(MAINTENANCE, "autovacuum", on, "on" if on else "off: vacuum and statistics stand still"),
        _command_row(MAINTENANCE, "maintain"),
        _command_row(MAINTENANCE, "refresh_views"),
    ]


def monitoring_rows(facts: Facts) -> list[Row]:
    """Section 7.2: statement statistics are collected and readable, and a command reads each."""
    readable = facts.server.statement_statistics
    state = "readable" if readable else "needs shared_preload_libraries and CREATE EXTENSION pg_stat_statements"
    return [
        Row(MONITORING, "pg_stat_statements", readable, state),
        _command_row(MONITORING, "slow_queries"),
        _command_row(MONITORING, "index_report"),
    ]


def _command_row(section: str, name: str) -> Row:
    there = name in get_commands()
    return Row(section, f"manage.py {name}", there, "in place" if there else NOT_IN_PLACE)


def time_rows() -> list[Row]:
    """Section 9: times are measured on seeded data and not asserted here."""
    return [Row(TIMES, name, None, f"measured by make bench ({scenario})") for name, scenario in EXPECTED.items()]
