"""What runs at night beside people: the view is refreshed, tables are maintained, the ledger is partitioned anew.

Some of these commands are killed. Whatever was begun can be finished by running it again.
"""

import contextlib
import random
import subprocess
import threading
from collections import Counter

from tests.torture.site import Site

COMMANDS = (("refresh_views",), ("maintain", "analyze"), ("maintain", "reindex"), ("check_summaries", "--repair"))
PARTITIONS = (8, 16)


class Operations:
    def __init__(self, site: Site, chance: random.Random) -> None:
        self.site, self.chance = site, chance
        self.wanted, self.lines = PARTITIONS[0], list[str]()
        self.done: Counter[str] = Counter()

    def live(self, over: threading.Event) -> None:
        while not over.wait(self.chance.uniform(2, 12)):
            if self.chance.random() < 0.5:
                self._run(self.chance.choice(COMMANDS))
            elif self._run(self._conversion):
                self._next()

    @property
    def _conversion(self) -> tuple[str, ...]:
        return ("partitions", "convert", "--to", str(self.wanted))

    def _next(self) -> None:
        self._run(("partitions", "convert", "--drop-old"), may_be_killed=False)
        self.wanted = next(number for number in PARTITIONS if number != self.wanted)

    def _run(self, words: tuple[str, ...], *, may_be_killed: bool = True) -> bool:
        """Whether it came to its end. It may fail while the database is away, and is killed now and again."""
        name = " ".join(words[:2])
        with subprocess.Popen(
            self.site.command(*words),
            env=self.site.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.chance.uniform(1, 6) if may_be_killed and self.chance.random() < 0.4 else 240)
            if process.poll() is None:
                process.kill()
                self.done[f"{name} killed"] += 1
                return False
            self.done[name if process.returncode == 0 else f"{name} failed"] += 1
            return process.returncode == 0

    def finish(self) -> bool:
        """Whether what was begun can be brought to its end, and every row is there once."""
        self.lines.append(f"Operations: {', '.join(f'{n} x {what}' for what, n in sorted(self.done.items()))}")
        for words in (self._conversion, ("partitions", "verify")):
            told = self.site.manage(*words)
            self.lines.append((told.stdout.strip().splitlines() or [told.stderr.strip()[-300:]])[-1])
            if told.returncode:
                self.lines.append(told.stderr.strip()[-500:])
                return False
        return True
