"""Rows of the plan about the application: eager loading, pool, cache, maintenance, monitoring, times."""

import os
from importlib import import_module, util
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.management import get_commands
from django.db import connection, models
from django.db.models import QuerySet

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from transactions.ledger import list_reads
from transactions.models import Subcategory, Transaction
from wealthwise.operations.plan.facts import LEDGER, Facts, Row
from wealthwise.postgres import sql

EAGER, POOL, CACHE = "5.3 Eager loading", "6.1 Connection pool", "6.2 Cache"
MAINTENANCE, MONITORING, TIMES = "7.1 Maintenance", "7.2 Monitoring", "9 Expected times"
NOT_IN_PLACE = "not in place"
LISTED = 51  # rows that a page reads
# What the plan wants cached, by the name of the fact that has it.
CACHED = {"settings": "settings", "category tree": "category tree", "active period": "periods"}
EXPECTED = {
    "user dashboard under 50 ms": "dashboard",
    "transaction list under 100 ms, 10,000 rows per user": "list",
    "budget calculations under 200 ms": "budget",
}


def eager_rows(facts: Facts) -> list[Row]:
    """Section 5.3: a page of the list is one statement whatever its rows, and a relation that was forgotten raises."""
    lazy = [model._meta.db_table for model in _owned() if not _raises(model._default_manager.for_user(User(pk=0)))]
    state = f"relations load one by one: {', '.join(lazy)}" if lazy else "FETCH_RAISE for all rows of a person"
    return [
        _list_row(facts),
        Row(EAGER, "no lazy loading", not lazy, state),
        _joined_row("subcategory choices", Subcategory.objects.with_category(), ("category",)),
    ]


def _list_row(facts: Facts) -> Row:
    """The reads of the list are run as a page runs them, for somebody who has transactions where anybody has."""
    if LEDGER not in facts.columns:
        return Row(EAGER, "transaction list", holds=False, state="missing")
    somebody = User(pk=sql.value_of("SELECT user_id FROM transaction LIMIT 1") or 0)
    statements: list[str] = []

    def count(execute: Any, statement: str, *rest: Any) -> Any:
        statements.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(count):
        chosen = list_reads.selection(somebody, Transaction.objects.for_user(somebody))
        found = list_reads.page(chosen, limit=LISTED)
        values = [value for entry in found for value in entry]
    holds = len(statements) == 1 and not any(isinstance(value, models.Model) for value in values)
    state = "one statement for a page, and no relation left to load"
    return Row(
        EAGER, "transaction list", holds, state if holds else f"{len(statements)} statements, or rows that load"
    )


def _owned() -> list[Any]:
    return [model for model in apps.get_models() if isinstance(model._default_manager.all(), OwnedQuerySet)]


def _raises(queryset: QuerySet[Any]) -> bool:
    return getattr(queryset, "_fetch_mode", None) is models.FETCH_RAISE


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
            Row(CACHE, name, fact in registry, "kept per user" if fact in registry else NOT_IN_PLACE)
            for name, fact in CACHED.items()
        ),
    ]


def _cache_answers() -> bool:
    """A round trip: the client ignores errors, so a cache that is down just forgets."""
    key, sent = f"plan-{os.getpid()}", os.urandom(8).hex()
    cache.set(key, sent, 10)
    received = cache.get(key)
    cache.delete(key)
    return bool(received == sent)


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
