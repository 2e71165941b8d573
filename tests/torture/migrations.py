"""``python -m tests.torture.migrations``: `migrate` is killed at random moments until it is through.

In a folder of its own, once in 16 partitions and once plain, from nothing and then, over rows of a crowd, from the
first phase to the end again. Prints how often it was killed, and what differs from what migrations make: nothing may.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.packages import ROOT
from tests.torture.site import LEFT_OUT
from wealthwise.devserver import server
from wealthwise.devserver.layout import DATABASE, PORT, USER, Layout

COUNTS: Final = """
SELECT json_build_object('rows', (SELECT count(*) FROM transaction), 'sum', (SELECT sum(amount) FROM transaction),
                         'balances', (SELECT sum(current_balance) FROM account))::text
"""


class Site:
    """Only its database."""

    def __init__(self, home: Path, partitions: int) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        self.environ = {
            **kept,
            "WEALTHWISE_HOME": str(home),
            "WEALTHWISE_TRANSACTION_PARTITIONS": str(partitions),
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", *words],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"manage.py {' '.join(words)} ended with {process.returncode}:\n{said[-3000:]}")
        return said

    def ask(self, statement: str) -> Any:
        where = {"host": str(Layout.of(self.home).sockets), "port": PORT, "user": USER, "dbname": DATABASE}
        with psycopg.connect(**where) as connection:  # type: ignore[arg-type]
            return connection.execute(statement).fetchone()

    def migrate(self, chance: random.Random, longest: float) -> int:
        """Until it is through; how often it was killed before."""
        killed = 0
        while True:
            process = self.start("migrate", "--verbosity", "0")
            try:
                said, _ = process.communicate(timeout=chance.uniform(1.5, longest))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                killed, longest = killed + 1, longest * 1.1
                continue
            if process.returncode:
                raise SystemExit(f"migrate did not go on:\n{said[-3000:]}")
            return killed


def tortured(partitions: int, chance: random.Random, options: argparse.Namespace) -> list[str]:
    wrong, form = list[str](), f"{partitions or 'no'} partitions"
    with tempfile.TemporaryDirectory(prefix="wealthwise migrations ") as folder:
        site = Site(Path(folder) / "home", partitions)

        def migrate(told: str) -> None:
            begun = time.monotonic()
            killed = site.migrate(chance, options.longest)
            say(f"{form}, {told}: killed {killed} times, {time.monotonic() - begun:.0f} s")
            wrong.append(site.manage("plan", "--mend"))

        try:
            site.manage("dbserver", "start")
            migrate("from nothing")
            site.manage("seed", "--users", "50", "--transactions", str(options.rows))
            before = site.ask(COUNTS)
            site.manage("migrate", "--lose", "--verbosity", "0", "transactions", options.back_to)
            migrate(f"{options.rows:,} rows, from {options.back_to}")
            site.manage("check_summaries")
            after = site.ask(COUNTS)
            wrong += [] if before == after else [f"{before} became {after}"]
        finally:
            server.stop(site.home)
    return [text.strip() for text in wrong if not text.startswith("-- Every definition is")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.migrations", description=__doc__)
    parser.add_argument("--longest", type=float, default=8, help="seconds until a run is killed, at most, at first")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--back-to", default="0015", help="the migration from which it goes over rows")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    say(f"Seed {options.seed}.")
    chance = random.Random(options.seed)
    wrong = [found for partitions in (16, 0) for found in tortured(partitions, chance, options)]
    say("\n".join(wrong) or "Every definition is as the migrations make it, and no row was lost.")
    return 1 if wrong else 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
