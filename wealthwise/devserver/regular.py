"""What a site does regularly, each in a process of its own: the list, and the scheduler for those without cron."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

from wealthwise.core.processes import environment
from wealthwise.devserver.identity import end_with_parent
from wealthwise.operations.models import RegularRun
from wealthwise.postgres.locks import Lock, take_for_session
from wealthwise.postgres.sql import rows_of, run

type Say = Callable[[str], None]

MINUTE, HOUR, DAY = 60, 3600, 86400
AT_ONCE: Final = 2  # processes of 100 MB each, beside those who use the site
WATCHING: Final = "health"  # tells of all others, so it waits for none of them
TURN: Final = 1.0  # seconds
LONGEST_PAUSE: Final = 30.0
END_PATIENCE: Final = 8.0  # seconds for what is at work to end in order
RETRY: Final = HOUR  # seconds after which what failed is tried again, if it is not due before


@dataclass(frozen=True, slots=True)
class Regular:
    """A command of the site, and every how many seconds."""

    name: str
    command: tuple[str, ...]
    every: int


_ALL: Final = (
    Regular("refresh_views", ("refresh_views",), 15 * MINUTE),
    Regular("health", ("health", "--record", "--mail"), 5 * MINUTE),
    Regular("work", ("work",), HOUR),
    Regular("switch_periods", ("switch_periods",), HOUR),
    Regular("backup", ("backup",), DAY),
    Regular("prune", ("prune",), DAY),
    Regular("check_sample", ("check_summaries", "--sample", "1000"), 6 * HOUR),
    Regular("check_all", ("check_summaries",), DAY),
    Regular("check_view", ("check_summaries", "--view", "--sample", "1"), 7 * DAY),
    Regular("plan", ("plan", "--check"), DAY),
    Regular("analyze", ("maintain", "analyze"), 7 * DAY),
    Regular("partitions", ("partitions", "verify"), 30 * DAY),
)
_UNITS: Final = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}


def works(changes: Mapping[str, str] | None = None) -> list[Regular]:
    """The list, changed as WEALTHWISE_SCHEDULE says: ``backup=6h,plan=off``. Raises ImproperlyConfigured."""
    changes = settings.SCHEDULE if changes is None else changes
    known = {work.name: work for work in _ALL}
    for name, text in changes.items():
        if name not in known:
            raise ImproperlyConfigured(f"WEALTHWISE_SCHEDULE names {name}; there are {', '.join(known)}.")
        if text == "off":
            del known[name]
            continue
        found = re.fullmatch(r"(\d+)([smhd])", text)
        if not found or int(found[1]) == 0:
            raise ImproperlyConfigured(f"WEALTHWISE_SCHEDULE: {name}={text} is no interval; write 15m, 6h, 1d or off.")
        known[name] = replace(known[name], every=int(found[1]) * _UNITS[found[2]])
    if not settings.BACKUPS or os.environ.get("DATABASE_URL"):
        known.pop("backup", None)  # nowhere to, or somebody else's matter
    return list(known.values())


# What is new begins soon and one after the other, and what was there keeps its time unless that is too far off now.
_KNOW: Final = """
INSERT INTO regular_run (name, next_at)
SELECT name, now() + least(every, 300 * position) * interval '1 second'
FROM unnest(%(names)s::text[], %(every)s::int[]) WITH ORDINALITY AS work (name, every, position)
ON CONFLICT (name) DO UPDATE
SET next_at = least(regular_run.next_at,
                    now() + (SELECT every FROM unnest(%(names)s::text[], %(every)s::int[]) AS work (name, every)
                             WHERE work.name = regular_run.name) * interval '1 second')
"""
_FORGET: Final = "DELETE FROM regular_run WHERE name <> ALL(%(names)s)"
# What a scheduler began that was killed, by a power cut too, has no end: it counts as stopped and is tried again.
_CLOSE_LOST: Final = """
UPDATE regular_run
SET finished_at = now(), outcome = 'stopped', next_at = least(next_at, now() + %(retry)s * interval '1 s')
WHERE started_at IS NOT NULL AND finished_at IS NULL AND name <> ALL(%(ours)s)
"""
_DUE: Final = "SELECT name FROM regular_run WHERE next_at <= now() ORDER BY next_at"
_BEGIN: Final = """
UPDATE regular_run
SET started_at = now(), finished_at = NULL, outcome = '', next_at = now() + %(every)s * interval '1 s'
WHERE name = %(name)s
"""
_END: Final = """
UPDATE regular_run SET finished_at = now(), outcome = %(outcome)s,
       next_at = CASE WHEN %(outcome)s = 'done' THEN next_at
                      ELSE least(next_at, now() + %(retry)s * interval '1 s') END
WHERE name = %(name)s AND started_at IS NOT NULL
"""


class Scheduler:
    """Starts what is due while it is the one of its site; others wait for its end, on other machines too."""

    def __init__(self, regular: list[Regular], say: Say, start: Callable[[Regular], subprocess.Popen[bytes]]) -> None:
        self.regular = {work.name: work for work in regular}
        self.say, self.start = say, start
        self.running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        self.ended: dict[str, str] = {}  # not yet written down
        self.session: Any = None  # which has the lock
        self.pause = TURN
        self.told = ""

    def run(self) -> None:
        """Until KeyboardInterrupt, by which everything that it started is stopped too."""
        try:
            while True:
                self.turn()
                time.sleep(self.pause)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            self._stop()

    def turn(self) -> None:
        """What has ended is written down, and what is due is started. A lost connection is made anew next time."""
        self._reap()
        try:
            if self._leads():
                self._write_down()
                self._start_due()
            self.pause = TURN
        except Error as error:  # InterfaceError is no DatabaseError
            self._tell(f"The database does not answer ({type(error).__name__}); trying again.")
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
            connection.close()

    def _tell(self, text: str) -> None:
        """Once, however long it lasts."""
        if text != self.told:
            self.told = text
            if text:
                self.say(text)

    def _leads(self) -> bool:
        """Whether this is the scheduler of the site. The lock goes with its session."""
        if self.session is not None and self.session is connection.connection:
            return True
        if not take_for_session(Lock.SCHEDULER):
            self._tell("Another scheduler works for this site; this one waits for its end.")
            return False
        self.session = connection.connection
        names = list(self.regular)
        run(_FORGET, names=names)
        run(_KNOW, names=names, every=[work.every for work in self.regular.values()])
        run(_CLOSE_LOST, ours=[*self.running, *self.ended], retry=RETRY)
        self._tell(f"Scheduled: {', '.join(names)}.")
        return True

    def _start_due(self) -> None:
        for (name,) in rows_of(_DUE):
            has_room = name == WATCHING or len(self.running.keys() - {WATCHING}) < AT_ONCE
            if name in self.regular and name not in self.running and has_room:
                run(_BEGIN, name=name, every=self.regular[name].every)
                self.running[name] = self.start(self.regular[name]), time.monotonic()

    def _reap(self) -> None:
        for name, (process, began) in list(self.running.items()):
            if (code := process.poll()) is not None:
                del self.running[name]
                self.ended[name] = RegularRun.Outcome.FAILED if code else RegularRun.Outcome.DONE
                how = f"failed with code {code}" if code else "done"
                self.say(f"{name}: {how} after {time.monotonic() - began:,.1f} s.")

    def _write_down(self) -> None:
        for name, outcome in list(self.ended.items()):
            run(_END, name=name, outcome=outcome, retry=RETRY)
            del self.ended[name]

    def _stop(self) -> None:
        for process, _ in self.running.values():
            process.terminate()
        deadline = time.monotonic() + END_PATIENCE
        for name, (process, _) in self.running.items():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.wait()
            self.ended[name] = RegularRun.Outcome.STOPPED
        with suppress(Error):
            self._write_down()
        connection.close()


def forget() -> None:
    """Nothing is due any more, and so nothing late, until a scheduler begins."""
    run(_FORGET, names=[])


def start(work: Regular) -> subprocess.Popen[bytes]:
    """Its own process, which ends with the scheduler."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *work.command],
        cwd=settings.BASE_DIR,
        env=environment(),
        stdin=subprocess.DEVNULL,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )
