"""What storage settings do for the ledger and for rows that are updated, in two figures, each with them and without.

    .venv/bin/python bench/storage.py [--rows 200000] [--bookings 8000]

Updates in place: bookings one by one, each committed, by people drawn at random; then which part of the updates of
`account` and `spending_summary` touched no index. Heap fetches: after a vacuum the ledger grows until just before the
next one that autovacuum would do by itself, and the newest page of the list of each person is read, by an index alone
where that is possible; then how many of its rows had to be looked up in the table all the same.
"""

import argparse
import random
import sys
from typing import Any, Final

import psycopg
from conversion import PEOPLE, Run
from scratch import scratch_database

PAGE: Final = """
EXPLAIN (ANALYZE, FORMAT JSON) SELECT id, amount, description, subcategory_id, account_id FROM transaction
WHERE user_id = %s ORDER BY transaction_date DESC, id DESC LIMIT 50
"""
BOOK: Final = """
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT user_id, id, -1.25, 'measured', '', current_date, now() FROM account WHERE id = %s
"""
GROW: Final = """
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT user_id, id, -1.25, 'grown', '', current_date, now() + n * interval '1 second'
FROM account CROSS JOIN generate_series(1, %s) n
"""
IN_PLACE: Final = "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = %s"
TABLES: Final = ("account", "spending_summary")


def in_place(connection: psycopg.Connection[Any], options: argparse.Namespace, *, room: bool) -> list[str]:
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} SET (fillfactor = {80 if room else 100})")
        connection.execute(f"VACUUM FULL {table}")
    connection.execute("SELECT pg_stat_reset()")
    accounts = [pk for (pk,) in connection.execute("SELECT id FROM account ORDER BY id")]
    chance = random.Random(5)  # noqa: S311  nothing secret
    for _ in range(options.bookings):
        connection.execute(BOOK, [chance.choice(accounts)])
    connection.execute("SELECT pg_stat_force_next_flush()")
    found = []
    for table in TABLES:
        hot, updates = connection.execute(IN_PLACE, [table]).fetchone() or (0, 0)
        size = connection.execute("SELECT pg_table_size(%s::regclass)", [table]).fetchone()
        found.append(f"{table} {hot / max(updates, 1):.0%} of {updates:,}, {size[0] // 1024 if size else 0} KB")
    return found


def fetches(connection: psycopg.Connection[Any], options: argparse.Namespace, *, factor: float) -> str:
    connection.execute("DELETE FROM transaction WHERE description = 'grown'")
    connection.execute("VACUUM ANALYZE transaction")
    each = max(int(options.rows * factor / PEOPLE), 1)
    connection.execute(GROW, [each])
    people = [pk for (pk,) in connection.execute('SELECT id FROM "user" ORDER BY id LIMIT 100')]
    looked_up = 0
    for person in people:
        (plan,) = connection.execute(PAGE, [person]).fetchone() or ([],)
        looked_up += sum(node.get("Heap Fetches", 0) for node in nodes(plan[0]["Plan"]))
    return f"{looked_up / len(people):.1f} of 50 rows looked up, {each} new rows a person"


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for below in plan.get("Plans", ()) for inner in nodes(below))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--bookings", type=int, default=8_000)
    options = parser.parse_args()
    with scratch_database("storage") as arguments:
        Run(arguments, options).fill()
        with psycopg.connect(**arguments, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = off")
            for room in (False, True):
                told = "; ".join(in_place(connection, options, room=room))
                sys.stdout.write(f"room of {20 if room else 0} %, updated in place: {told}\n")
            for factor in (0.2, 0.02):
                told = fetches(connection, options, factor=factor)
                sys.stdout.write(f"insert scale factor {factor}: {told}\n")


if __name__ == "__main__":
    main()
