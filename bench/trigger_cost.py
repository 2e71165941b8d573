"""What the summary triggers cost: the same writes with them and without, in turns, as ratios.

    .venv/bin/python bench/trigger_cost.py [--rows 50000] [--singles 300] [--rounds 7]

A scratch database is migrated and filled with 200,000 rows of 2,000 users. Then, in turns with the triggers on
`transaction` and without: one user's rows loaded by one COPY in one transaction, as an import does it, and
single inserts, each committed. A third pair is one statement with rows of many users, which no page does; it
is the dearest shape. Times are the median of the rounds, by the clock and of the server process's own CPU: the
second hardly notices what else the machine does, and the first has the waiting for the disk in it.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from conversion import Run
from scratch import scratch_database

TRIGGERS = ["transaction_after_insert", "transaction_after_update", "transaction_after_delete"]
COLUMNS = "user_id, account_id, amount, description, comment, transaction_date"


class Costs:
    def __init__(self, connection: psycopg.Connection[Any], options: argparse.Namespace) -> None:
        self.connection, self.options = connection, options
        self.person, self.account = connection.execute(
            "SELECT user_id, id FROM account ORDER BY id LIMIT 1"
        ).fetchone()

    def switch(self, *, on: bool) -> None:
        for name in TRIGGERS:
            self.connection.execute(f"ALTER TABLE transaction {'ENABLE' if on else 'DISABLE'} TRIGGER {name}")

    def clean(self) -> None:
        """The rows of a round go, and nothing of it stays in memory or waits to be written."""
        self.connection.execute("DELETE FROM transaction WHERE description = 'measured'")
        self.connection.execute("VACUUM transaction")
        self.connection.execute("CHECKPOINT")

    def row(self, number: int) -> tuple[Any, ...]:
        timestamp = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(hours=number * 80_000 / self.options.rows)
        return self.person, self.account, f"-{number % 900 + 1}.25", "measured", "", timestamp

    def copy_of_one_person(self) -> None:
        rows = [self.row(number) for number in range(self.options.rows)]
        command = f"COPY transaction ({COLUMNS}) FROM STDIN"
        with self.connection.transaction(), self.connection.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row(row)

    def single_inserts(self) -> None:
        command = f"INSERT INTO transaction ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)"  # noqa: S608  a constant
        for number in range(self.options.singles):
            self.connection.execute(command, self.row(number))

    def one_statement_of_many_people(self) -> None:
        rows = "SELECT user_id, id, -1.25, 'measured', '', timestamptz '2026-01-01' + n * interval '1 day'"
        self.connection.execute(f"INSERT INTO transaction ({COLUMNS}) {rows} FROM account, generate_series(1, 5) n")

    def cpu(self) -> float:
        """Seconds that the server process of this connection has computed."""
        return int(Path(f"/proc/{self.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9

    def compare(self, work: Callable[[], None]) -> dict[str, Any]:
        clock: dict[bool, list[float]] = {True: [], False: []}
        cpu: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(self.options.rounds * 2):
            on = turn % 4 in (0, 3)  # with, without, without, with: a drift of the machine hits both
            self.switch(on=on)
            begun, computed = time.perf_counter(), self.cpu()
            work()
            cpu[on].append(self.cpu() - computed)
            clock[on].append(time.perf_counter() - begun)
            self.clean()
        self.switch(on=True)
        return {"clock": _ratio(clock), "server_cpu": _ratio(cpu)}


def _ratio(seconds: dict[bool, list[float]]) -> dict[str, float]:
    found, bare = statistics.median(seconds[True]), statistics.median(seconds[False])
    return {"with_s": round(found, 4), "without_s": round(bare, 4), "ratio": round(found / bare, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--singles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with scratch_database("trigger_cost") as arguments:
        Run(arguments, argparse.Namespace(rows=200_000)).fill()
        with psycopg.connect(**arguments, autocommit=True) as connection:
            costs = Costs(connection, options)
            for work in (costs.copy_of_one_person, costs.single_inserts, costs.one_statement_of_many_people):
                sys.stdout.write(json.dumps({work.__name__: costs.compare(work)}) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
