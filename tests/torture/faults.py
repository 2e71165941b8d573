"""What happens to the site: a process of it is killed, or held for some seconds."""

import argparse
import contextlib
import os
import random
import signal
import time
from collections import Counter

from tests.torture.site import Site

KILLED = ("web worker", "web worker", "web server", "PostgreSQL", "PostgreSQL", "Valkey", "supervisor")
HELD = ("web worker", "PostgreSQL", "Valkey", "supervisor")


class Faults:
    def __init__(self, site: Site, chance: random.Random, options: argparse.Namespace) -> None:
        self.site, self.chance, self.options = site, chance, options
        self.done: Counter[str] = Counter()
        self.begun = time.monotonic()

    def next(self, deadline: float) -> str:
        """One fault after a pause, unless it is the end by then; what it was."""
        time.sleep(max(0.0, min(self.options.pause * self.chance.uniform(0.5, 1.5), deadline - time.monotonic())))
        if time.monotonic() >= deadline:
            return f"{self._at()} the end"
        if self.site.has_small_disk and self.chance.random() < 0.15:
            return self._fill_the_disk()
        kills = self.chance.random() < 0.7
        what = self.chance.choice(KILLED if kills else HELD)
        pids = self.site.processes()[what]
        if not pids:
            return f"{self._at()} {what} is not there at the moment"
        pid = self.chance.choice(pids)
        with contextlib.suppress(ProcessLookupError):
            if kills:
                os.kill(pid, signal.SIGKILL)
                self.done[f"{what} killed"] += 1
                return f"{self._at()} {what} {pid} killed"
            seconds = self.chance.uniform(2, self.options.longest_stop)
            os.kill(pid, signal.SIGSTOP)
            try:
                time.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)
            self.done[f"{what} held"] += 1
            return f"{self._at()} {what} {pid} held for {seconds:.0f} s"
        return f"{self._at()} {what} {pid} was gone already"

    def _fill_the_disk(self) -> str:
        """Every free block of the site's file system is taken for some seconds."""
        seconds, ballast = self.chance.uniform(5, self.options.longest_stop), self.site.home.parent / "ballast"
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:  # in smaller and smaller pieces, as blocks are freed and taken meanwhile
                room = os.statvfs(ballast)
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), max(room.f_bavail * room.f_frsize, 4096))
        time.sleep(seconds)
        ballast.unlink()
        self.done["disk full"] += 1
        return f"{self._at()} the disk was full for {seconds:.0f} s"

    def _at(self) -> str:
        return f"{time.monotonic() - self.begun:5.0f} s"
