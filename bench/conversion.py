"""Converting the ledger's partitions under writers: how long they waited, and whether anything was lost.

    .venv/bin/python bench/conversion.py [--rows 1000000] [--writers 2] [--kills 3]

A scratch database is migrated with 16 partitions and filled. While writers insert, update and delete, it is
converted to 32 partitions, that conversion ended by SIGKILL at random moments and taken up again, then to 16,
to a plain table, and to 16. After each conversion both tables are compared, and every row of the writers is
looked up.
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

PEOPLE = 2_000
SEED = f"""
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
                    currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
SELECT '', false, gen_random_uuid(), 'person' || n, 'person' || n || '@example.com', '', '', '', '', 'USD', 'UTC',
       'system', 5, '', true, false FROM generate_series(1, {PEOPLE}) n;
INSERT INTO account (user_id, name, account_type, bank_name, number_last4, anchored_on, anchor_balance, is_active)
SELECT id, 'Current', 'checking', '', '', '1999-12-31', 0, true FROM "user";
"""  # noqa: S608  constants
ROWS = f"""
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT a.user_id, a.id, (n %% 97) - 50.01, 'row ' || n, '', date '2022-01-01' + n / 720,
       timestamptz '2022-01-01' + n * interval '2 minutes'
FROM generate_series(%s::int, %s::int) n JOIN account a ON a.user_id = (SELECT min(id) FROM "user") + n %% {PEOPLE}
"""  # noqa: S608  constants


class Writer(threading.Thread):
    """Inserts, updates and deletes its own rows, one transaction each, and remembers what it was told."""

    def __init__(self, arguments: dict[str, Any], number: int) -> None:
        super().__init__(daemon=True)
        self.arguments, self.chance = arguments, random.Random(number)  # noqa: S311  nothing secret
        self.expected: dict[int, str] = {}
        self.gone: set[int] = set()
        self.writes, self.longest, self.error = 0, 0.0, ""
        self.ending = threading.Event()

    def run(self) -> None:
        try:
            with psycopg.connect(**self.arguments, autocommit=True) as connection:
                people = connection.execute("SELECT user_id, id FROM account").fetchall()
                while not self.ending.is_set():
                    begun = time.perf_counter()
                    self._write(connection, people)
                    self.longest = max(self.longest, time.perf_counter() - begun)
                    self.writes += 1
                    time.sleep(0.002)
        except psycopg.Error as error:
            self.error = str(error)

    def _write(self, connection: psycopg.Connection[Any], people: list[tuple[Any, ...]]) -> None:
        text, choice = f"written {self.chance.random()}", self.chance.random()
        if choice < 0.6 or not self.expected:
            user, account = self.chance.choice(people)
            row = connection.execute(
                "INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, "
                "transaction_date) VALUES (%s, %s, -1.25, %s, '', current_date, now()) RETURNING id",
                [user, account, text],
            ).fetchone()
            self.expected[row[0] if row else 0] = text
            return
        key = self.chance.choice(list(self.expected))
        if choice < 0.85:
            connection.execute("UPDATE transaction SET description = %s WHERE id = %s", [text, key])
            self.expected[key] = text
        else:
            connection.execute("DELETE FROM transaction WHERE id = %s", [key])
            del self.expected[key]
            self.gone.add(key)


class Run:
    def __init__(self, arguments: dict[str, Any], options: argparse.Namespace) -> None:
        self.arguments, self.options = arguments, options
        self.environment = {**os.environ, "DATABASE_URL": url_of(arguments)}
        self.environment |= {"WEALTHWISE_TRANSACTION_PARTITIONS": "16", "PYTHONWARNINGS": "ignore"}
        self.chance = random.Random(7)  # noqa: S311  nothing secret

    def manage(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def finish(self, *words: str) -> str:
        process = self.manage(*words)
        out, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{out}")
        return out

    def fill(self) -> None:
        self.finish("migrate", "--verbosity", "0")
        with psycopg.connect(**self.arguments, autocommit=True) as connection:
            connection.execute(SEED)
            for first in range(1, self.options.rows + 1, 100_000):
                connection.execute(ROWS, [first, min(first + 99_999, self.options.rows)])
            connection.execute("ANALYZE")

    def convert(self, target: int, kills: int) -> dict[str, Any]:
        writers = [Writer(self.arguments, number) for number in range(self.options.writers)]
        for writer in writers:
            writer.start()
        begun, words = time.perf_counter(), ("partitions", "convert", "--to", str(target))
        for _ in range(kills):
            process = self.manage(*words)
            time.sleep(self.chance.uniform(2, 2 + self.options.rows / 100_000))
            process.kill()
            if "it was locked for" in process.communicate()[0]:
                raise SystemExit("It had finished before it was killed: take more rows.")
        out = self.finish(*words)
        seconds = time.perf_counter() - begun
        for writer in writers:
            writer.ending.set()
            writer.join()
        lost = sum(self._lost(writer) for writer in writers)
        self.finish("partitions", "verify")
        self.finish("partitions", "convert", "--drop-old")
        return {
            "to": target,
            "killed": kills,
            "seconds": round(seconds),
            "lock_ms": int(out.split("it was locked for ")[1].split(" ms")[0].replace(",", "")),
            "equal": "equal, row for row" in out,
            "writes": sum(writer.writes for writer in writers),
            "longest_write_ms": round(max(writer.longest for writer in writers) * 1000),
            "errors": [writer.error for writer in writers if writer.error],
            "lost_writes": lost,
        }

    def _lost(self, writer: Writer) -> int:
        with psycopg.connect(**self.arguments) as connection:
            keys = list(writer.expected) + list(writer.gone)
            found = dict(
                connection.execute("SELECT id, description FROM transaction WHERE id = ANY(%s)", [keys]).fetchall()
            )
        return sum(found.get(key) != text for key, text in writer.expected.items()) + len(writer.gone & set(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=3)
    options = parser.parse_args()
    with scratch_database("conversion") as arguments:
        run = Run(arguments, options)
        run.fill()
        for target, kills in ((32, options.kills), (16, 0), (0, 0), (16, 0)):
            sys.stdout.write(json.dumps(run.convert(target, kills)) + "\n")
            sys.stdout.flush()
        sys.stdout.write(run.finish("check_summaries"))


if __name__ == "__main__":
    main()
