"""Migrating the schema of 0.2.0 to this one and back under writers: how long they waited, and who was in a circle.

    .venv/bin/python bench/migration.py [--rows 1000000] [--writers 4]

A scratch database is migrated to the schema of 0.2.0 and filled. While writers book, rename and
import, in transactions that lock several tables and in orders that differ, it is migrated to the present and
compared, and then back to 0.2.0. Every row that a writer was told of is looked up at the end.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from typing import Any

import psycopg
from scratch import ROOT, scratch_database, url_of

# The last migrations of 0.2.0, those that others stand on first.
BEFORE = (("budgets", "0005"), ("transactions", "0011"), ("ops", "0003"), ("accounts", "0002"))
PEOPLE = 2_000
SEED = f"""
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
SELECT '', false, gen_random_uuid(), 'person' || n, 'person' || n || '@example.com', '', '', '', '', 'USD',
       (ARRAY['UTC', 'America/Vancouver', 'Africa/Casablanca', 'Pacific/Auckland'])[1 + n % 4],
       'system', 5, '', true, false FROM generate_series(1, {PEOPLE}) n;
INSERT INTO account (user_id, name, account_type, bank_name, number_last4, opening_balance, is_active)
SELECT id, 'Current', 'checking', '', '', 0, true FROM "user";
INSERT INTO category (user_id, name, kind, is_template) SELECT id, 'Home', 'expense', false FROM "user";
INSERT INTO subcategory (user_id, category_id, name) SELECT user_id, id, 'Rent' FROM category;
"""  # noqa: S608  constants
ROWS = f"""
INSERT INTO transaction (user_id, account_id, subcategory_id, amount, description, comment, transaction_date)
SELECT a.user_id, a.id, s.id, (n %% 97) - 50.01, 'row ' || n, '',
       timestamptz '2022-01-01' + n * interval '2 minutes'
FROM generate_series(%s::int, %s::int) n JOIN account a ON a.user_id = (SELECT min(id) FROM "user") + n %% {PEOPLE}
JOIN subcategory s ON s.user_id = a.user_id
"""  # noqa: S608  constants
BOOK = (
    "INSERT INTO transaction (user_id, account_id, amount, description, comment, transaction_date{more}) "
    "VALUES (%(user)s, %(account)s, -1.25, %(text)s, '', now(){values}) RETURNING id"
)
# A story is a transaction. The day is given from the moment on at which the ledger asks for it.
STORIES = (
    (BOOK,),
    ("UPDATE account SET name = %(text)s WHERE user_id = %(user)s AND id = %(account)s", BOOK),
    (BOOK, "UPDATE account SET name = %(text)s WHERE user_id = %(user)s AND id = %(account)s"),
    (
        "INSERT INTO import_batch (user_id, account_id, file_name, kind, state, layout, new_count, duplicate_count, "
        "error_count, errors{batch}) VALUES (%(user)s, %(account)s, 'a.csv', 'csv', 'committed', '{{}}', 1, 0, 0, '[]'"
        "{batch_values})",
        BOOK,
    ),
    (
        'UPDATE "user" SET preferred_name = %(text)s WHERE id = %(user)s',
        "UPDATE subcategory SET name = %(text)s WHERE user_id = %(user)s",
        BOOK,
    ),
    (
        "DELETE FROM bulk_action WHERE user_id = %(user)s",
        "UPDATE transaction SET description = %(text)s WHERE user_id = %(user)s AND id = ("
        "SELECT max(id) FROM transaction WHERE user_id = %(user)s)",
    ),
)
DAY = {"more": ", booked_on", "values": ", (now() AT TIME ZONE 'UTC')::date"}


class Writer(threading.Thread):
    """Writes one transaction after the other, and remembers what it was told."""

    def __init__(self, arguments: dict[str, Any], number: int) -> None:
        super().__init__(daemon=True)
        self.arguments, self.chance = arguments, random.Random(number)  # noqa: S311  nothing secret
        self.told: list[int] = []
        self.waits: list[float] = []
        self.circles, self.others = 0, list[str]()
        self.has_days = self.has_balances = False
        self.ending = threading.Event()

    def run(self) -> None:
        with psycopg.connect(**self.arguments, autocommit=True) as connection:
            people = connection.execute("SELECT user_id, id FROM account").fetchall()
            while not self.ending.is_set():
                begun = time.perf_counter()
                try:
                    self._write(connection, people)
                except psycopg.errors.NotNullViolation as error:
                    self.has_days |= "booked_on" in str(error)
                    self.has_balances |= "balances" in str(error)
                except psycopg.errors.UndefinedColumn:
                    self.has_days = self.has_balances = False
                except psycopg.errors.DeadlockDetected:
                    self.circles += 1
                except psycopg.Error as error:
                    self.others.append(str(error))
                self.waits.append(time.perf_counter() - begun)
                time.sleep(0.002)

    def _write(self, connection: psycopg.Connection[Any], people: list[tuple[Any, ...]]) -> None:
        user, account = self.chance.choice(people)
        values = {"user": user, "account": account, "text": f"written {self.chance.random()}"}
        names = dict.fromkeys(("more", "values", "batch", "batch_values"), "")
        if self.has_days:
            names |= DAY
        if self.has_balances:
            names |= {"batch": ", balances", "batch_values": ", '[]'"}
        told = []
        with connection.transaction():
            for statement in self.chance.choice(STORIES):
                answer = connection.execute(statement.format(**names), values)
                if statement == BOOK and (row := answer.fetchone()):
                    told.append(row[0])
        self.told += told


def migrate(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words, "--skip-checks"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def under_writers(arguments: dict[str, Any], count: int, work: Any) -> dict[str, Any]:
    writers = [Writer(arguments, number) for number in range(count)]
    for writer in writers:
        writer.start()
    begun = time.perf_counter()
    try:
        work()
    finally:
        seconds = time.perf_counter() - begun
        for writer in writers:
            writer.ending.set()
            writer.join()
    told = [key for writer in writers for key in writer.told]
    with psycopg.connect(**arguments) as connection:
        found = connection.execute("SELECT count(*) FROM transaction WHERE id = ANY(%s)", [told]).fetchone()
    waits = sorted(wait for writer in writers for wait in writer.waits)
    return {
        "seconds": round(seconds),
        "writes": len(waits),
        "longest_ms": round(waits[-1] * 1000),
        "over_500_ms": sum(wait > 0.5 for wait in waits),
        "deadlocks": sum(writer.circles for writer in writers),
        "lost": len(told) - (found[0] if found else 0),
        "others": sorted({text for writer in writers for text in writer.others}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=4)
    options = parser.parse_args()
    with scratch_database("migration") as arguments:
        environment = {**os.environ, "DATABASE_URL": url_of(arguments), "PYTHONWARNINGS": "ignore"}
        back = [("migrate", "--lose", app, name, "--verbosity", "0") for app, name in BEFORE]
        for words in reversed(back):
            migrate(environment, *words)
        with psycopg.connect(**arguments, autocommit=True) as connection:
            connection.execute(SEED)
            for first in range(1, options.rows + 1, 100_000):
                connection.execute(ROWS, [first, min(first + 99_999, options.rows)])
            connection.execute("VACUUM ANALYZE")
        ways = {"forward": [("migrate", "--verbosity", "0"), ("check_summaries",)], "back": back}
        for way, commands in ways.items():

            def work(commands: Any = commands) -> None:
                for words in commands:
                    said = migrate(environment, *words)
                    if words[0] == "check_summaries":
                        sys.stdout.write(said)

            told = under_writers(arguments, options.writers, work)
            sys.stdout.write(f"{json.dumps({'way': way, 'rows': options.rows, **told})}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
