"""Everywhere that the site keeps something: relations of the database, the cache, log lines, PostgreSQL's log."""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError, connection, models, transaction
from django_redis import get_redis_connection

from accounts.models import User, WebSession
from accounts.people.sessions import SessionStore
from wealthwise.core.columns import declaration, is_owned
from wealthwise.devserver import server
from wealthwise.devserver.layout import POSTGRES, Layout
from wealthwise.operations.telemetry.logs import JsonFormatter, PlainFormatter

MARK: Final = "Quokka"
AMOUNT: Final = Decimal("8642097.53")
MARKS: Final = (MARK, "8642097")
TAKES_NO_MARK: Final = {"user.currency", "user.country", "user.time_zone", "account.number_last4", "import_batch.kind"}
# Columns that take no word of a person, by the constraint that says so.
SHAPED: Final = {
    "currency",
    "country",
    "theme",
    "number_last4",
    "time_zone",
    "period_type",
    "kind",
    "state",
    "password",
}

RELATIONS: Final = """
SELECT format('%I', relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') ORDER BY 1
"""


def is_word(field: Any) -> bool:
    """Whether a person's own words may stand in a column."""
    return isinstance(field, models.CharField | models.TextField) and not field.choices


def owned_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.managed and (is_owned(model) or model is User)]


def plant(user: User) -> dict[str, set[str]]:
    """Mark every word and amount in every row of a person, past triggers; what took a mark, by table."""
    planted: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        for model in owned_models():
            for field in model._meta.concrete_fields:
                if field.name in SHAPED or field.primary_key or not (is_word(field) or _is_amount(field)):
                    continue
                if _marked(cursor, model, field, user):
                    planted.setdefault(model._meta.db_table, set()).add(field.name)
    return planted


def unmarked(planted: dict[str, set[str]]) -> set[str]:
    """Columns for words and amounts that are declared as a person's own and took no mark."""
    return {
        f"{model._meta.db_table}.{field.name}"
        for model in owned_models()
        if (columns := declaration(model))
        for field in model._meta.concrete_fields
        if field.name in columns.exported | columns.derived
        and (is_word(field) or _is_amount(field))
        and field.name not in planted.get(model._meta.db_table, set())
    }


def _is_amount(field: Any) -> bool:
    return isinstance(field, models.DecimalField)


def _marked(cursor: Any, model: Any, field: Any, user: User) -> bool:
    table, column, owner = model._meta.db_table, field.column, "id" if model is User else "user_id"
    if _is_amount(field):
        value = f"CASE WHEN {column} < 0 THEN -{AMOUNT} ELSE {AMOUNT} END"
    else:
        word = {"username": "lower('Quokka')", "email": "'quokka@example.com'"}.get(column, "'Quokka ' || id")
        value = f"left({word}, {field.max_length or 100})"
    try:
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE {owner} = %s', [user.pk])
            return bool(cursor.rowcount)
    except DatabaseError:
        return False


def in_tables(words: Iterable[str]) -> dict[str, int]:
    """Rows with one of the words, by relation; also where bytes hold it."""
    hexed = [word.encode().hex() for word in words]
    pattern = "|".join(re.escape(word) for word in [*words, *hexed])
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(RELATIONS)
        for (relation,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {relation} r WHERE r::text ~* %s", [pattern])
            if count := cursor.fetchone()[0]:
                found[relation] = count
    return found


def in_sessions(words: Iterable[str]) -> list[int]:
    """Sessions that have one of the words inside, where SQL cannot look."""
    rows = WebSession.objects.values_list("pk", "session_data")
    pattern = re.compile("|".join(map(re.escape, words)), re.I)
    return [pk for pk, text in rows if pattern.search(json.dumps(SessionStore().decode(text)))]


def owned_rows(user_id: int) -> dict[str, int]:
    """Rows that say whose they are by a column, partitions and views included."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT format('%I', c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm')
                 AND a.attname = 'user_id' AND NOT a.attisdropped"""
        )
        counts = {}
        for (relation,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {relation} WHERE user_id = %s", [user_id])
            counts[relation] = cursor.fetchone()[0]
    return counts


def in_cache(words: Iterable[str]) -> list[str]:
    """Keys whose name or value has one of the words; values as they lie there."""
    server_, pattern = get_redis_connection("default"), re.compile("|".join(map(re.escape, words)).encode(), re.I)
    found = []
    for key in server_.scan_iter(match=cache.make_key("*").rpartition(":")[0].split(":")[0] + "*"):
        value = server_.get(key) if server_.type(key) == b"string" else b""
        if pattern.search(key) or pattern.search(value or b""):
            found.append(key.decode())
    return found


class Lines(logging.Handler):
    """Collects what both formatters make of each record."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.formatters = (JsonFormatter(), PlainFormatter())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found += [formatter.format(record) for formatter in self.formatters]


@contextmanager
def logs() -> Iterator[list[str]]:
    """Every line that the site writes inside, and at the end what PostgreSQL wrote."""
    handler, log = Lines(), Layout.of(server.HOME).log(POSTGRES)
    begun = log.stat().st_size if log.exists() else 0
    logging.getLogger().addHandler(handler)
    try:
        yield handler.found
    finally:
        logging.getLogger().removeHandler(handler)
        if log.exists():
            with log.open(errors="replace") as file:
                file.seek(begun)
                handler.found += file.read().splitlines()


def lines_with(lines: Iterable[str], words: Iterable[str]) -> list[str]:
    pattern = re.compile("|".join(map(re.escape, words)), re.I)
    return [line for line in lines if pattern.search(line)]
