"""What searching costs for one person with a million rows, and what the index of words costs those who write.

    .venv/bin/python bench/search_cost.py [--rows 1000000] [--others 1000000] [--loaded 100000] [--rounds 5]

A scratch database is migrated. One person gets ``rows`` rows, of 800 shops and a third with a number of their own, and
2,000 others ``others`` rows together. Then the statements of the list, those that the page makes, are timed: its first
page and its count with the sums. The best of the rounds counts, by the clock and by the processor time of the server's
process. After that ``loaded`` rows are written by one statement with the index and without it, and each alone.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from conversion import Run
from scratch import scratch_database

SEARCHES = ("bakery", "ref123456", "bak", "12.34", "bakery OR cinema", "bakery amount:10..50", "-bakery", "visa")
FILL = """
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT a.user_id, a.id, -1 - (n * 7919::bigint %% 19900) / 100.0,
       (ARRAY['Corner shop', 'Fuel station', 'Electricity', 'Coffee bar', 'Pharmacy', 'Bakery', 'Cinema', 'Rent',
              'Streaming', 'Market hall', 'Café Größe', 'Hairdresser', 'Gym', 'Garden centre', 'Water and rates',
              'Train ticket', 'City parking', 'Restaurant', 'Bookshop', 'School fees'])[1 + n * 31 %% 20]
       || CASE WHEN n %% 3 = 0 THEN ' REF' || (n * 7919::bigint) %% 100000000 ELSE ' ' || n * 17 %% 40 END,
       CASE WHEN n %% 20 = 0 THEN 'note ' || n ELSE '' END, date '2016-01-01' + n %% 3650,
       timestamptz '2016-01-01 12:00' + n %% 3650 * interval '1 day'
FROM generate_series(1, %(rows)s) n JOIN account a ON a.user_id = {person}
"""
ONE = '(SELECT min(id) FROM "user")'
ANY = '(SELECT min(id) FROM "user") + 1 + n * 101 %% 1900'
SIZES = """
SELECT sum(pg_relation_size(i.indexrelid)) FILTER (WHERE i.indexrelid::regclass::text ~ 'words'),
       sum(pg_relation_size(i.indexrelid)), (SELECT sum(pg_table_size(inhrelid)) FROM pg_inherits
                                             WHERE inhparent = 'transaction'::regclass)
FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indrelid AND h.inhparent = 'transaction'::regclass
"""


def best(work: Callable[[], Any], pid: int, rounds: int) -> dict[str, Any]:
    """Milliseconds of the quickest round, and of the server's process in the one that computed least."""
    clock, computed, found = [], [], None
    for _ in range(rounds):
        begun, before = time.perf_counter(), cpu(pid)
        found = work()
        clock.append(time.perf_counter() - begun)
        computed.append(cpu(pid) - before)
    return {"ms": round(min(clock) * 1e3, 1), "cpu_ms": round(min(computed) * 1e3, 1), "found": found}


def cpu(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


@contextmanager
def without_index(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        connection.execute("DROP INDEX idx_transaction_words")
        yield


def load(connection: psycopg.Connection[Any], rows: int) -> float:
    """Processor seconds of the server for ``rows`` rows of many people in one statement."""
    pid = connection.info.backend_pid
    before = cpu(pid)
    connection.execute(FILL.replace("{person}", ANY), {"rows": rows})
    return cpu(pid) - before


def writes(connection: psycopg.Connection[Any], rows: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(3):
        with connection.transaction(force_rollback=True):
            found["with"].append(load(connection, rows))
        with without_index(connection):
            found["without"].append(load(connection, rows))
    return {"rows": rows} | {f"{name}_cpu_s": round(min(times), 2) for name, times in found.items()}


def searches(database: str, rounds: int) -> dict[str, Any]:
    """The project is set up already, for the server; from here on for this database of it."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database
    from django.http import QueryDict

    from accounts.models import User
    from transactions.ledger import list_reads
    from transactions.models import Transaction
    from transactions.models.cached_names import names_of
    from transactions.search.filters import FilterForm

    user = User.objects.order_by("pk")[0]
    connection.ensure_connection()
    pid, answer = connection.connection.info.backend_pid, {}
    for text in SEARCHES:
        form = FilterForm(QueryDict(urlencode({"q": text})), user=user, names=names_of(user))
        chosen = list_reads.selection(user, form.apply(Transaction.objects.for_user(user)))
        page = best(lambda chosen=chosen: len(list_reads.page(chosen, limit=51)), pid, rounds)
        sums = best(
            lambda chosen=chosen: list_reads.figures(chosen, None, is_ledger=False, only_days=False)[None].entries,
            pid,
            rounds,
        )
        answer[text] = {"page": page, "count": sums}
    connection.close()
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--others", type=int, default=1_000_000)
    parser.add_argument("--loaded", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with scratch_database("search_cost") as arguments:
        Run(arguments, argparse.Namespace(rows=0)).fill()
        with psycopg.connect(**arguments, autocommit=True) as connection:
            (made,) = connection.execute("SELECT pg_get_indexdef('idx_transaction_words'::regclass)").fetchone() or (
                "",
            )
            connection.execute("DROP INDEX idx_transaction_words")
            connection.execute(FILL.replace("{person}", ONE), {"rows": options.rows})
            connection.execute(FILL.replace("{person}", ANY), {"rows": options.others})
            connection.execute(made.replace(" ON ONLY ", " ON "))
            connection.execute("VACUUM ANALYZE transaction")
            words, indexes, table = connection.execute(SIZES).fetchone() or (0, 0, 0)
            found: dict[str, Any] = {"bytes": {"words": int(words), "all_indexes": int(indexes), "rows": int(table)}}
            found["writes"] = writes(connection, options.loaded)
            connection.execute("VACUUM ANALYZE transaction")
        found["searches"] = searches(str(arguments["dbname"]), options.rounds)
        sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
