"""``python -m tests.torture.restarts``: PostgreSQL is started again under 1, 2 and 20 people, and a table is locked.

Prints how many requests failed, how long somebody waited at most once the server was back, how long it was away, and
what the probe of life took while one lock stood for 36 s and pages refused. A site of its own, ended afterwards.
"""

import argparse
import contextlib
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import psycopg

from tests.torture.people import Journal, Person, Unanswered
from tests.torture.site import Site

CROWDS: Final = (1, 2, 20)
BEFORE, AFTER = 2.0, 6.0  # seconds of load around the restart
LOCKED: Final = 36.0


class Visitor(Person):
    """Notes each exchange: when it began and ended, and its status, 0 without an answer."""

    exchanges: list[tuple[float, float, int]]

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
        begun, status = time.monotonic(), 0
        try:
            answer = super().ask(method, path, body, **headers)
            status = answer[0]
            return answer
        finally:
            new = [known for known in self.answers if self.answers[known] > self.counted[known]]
            self.counted = Counter(self.answers)
            self.exchanges.append((begun, time.monotonic(), status or next(iter(new), 0)))

    def begin(self) -> None:
        """With a new connection: the server closes one that was idle for half a minute."""
        self.client.connection.close()
        self.exchanges, self.counted = [], Counter(self.answers)


@dataclass
class Load:
    """People who look and book until it is over, and what they met."""

    people: list[Visitor]
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._run, args=[n, one]) for n, one in enumerate(self.people)]
        for person in self.people:
            person.begin()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self, number: int, person: Visitor) -> None:
        chance = random.Random(number)
        while not self.over.is_set():
            with contextlib.suppress(Unanswered):
                person.add() if chance.random() < 0.3 else person.look()
            time.sleep(chance.uniform(0.02, 0.2))

    @property
    def exchanges(self) -> list[tuple[float, float, int]]:
        return [exchange for person in self.people for exchange in person.exchanges]

    @property
    def failed(self) -> int:
        return sum(status == 0 or status >= 500 for _, _, status in self.exchanges)


def postgres_answers(site: Site) -> bool:
    with contextlib.suppress(psycopg.Error), site.connect() as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)
    return False


def restarted(site: Site, how: signal.Signals) -> tuple[float, float]:
    """When PostgreSQL was told to end, and when it answered again."""
    (pid,) = site.processes()["PostgreSQL"]
    told = time.monotonic()
    os.kill(pid, how)
    while pid in site.processes()["PostgreSQL"]:
        time.sleep(0.01)
    while not postgres_answers(site):
        time.sleep(0.01)
    return told, time.monotonic()


def under_load(site: Site, people: list[Visitor], how: signal.Signals) -> str:
    with Load(people) as load:
        time.sleep(BEFORE)
        told, back = restarted(site, how)
        time.sleep(AFTER)
    failed = [status for _, _, status in load.exchanges if status == 0 or status >= 500]
    waited = [max(0.0, ended - max(begun, back)) for begun, ended, _ in load.exchanges if ended > told]
    usual = sorted(ended - begun for begun, ended, _ in load.exchanges if ended < told)
    return (
        f"| {len(people)} | {how.name} | {back - told:.1f} | {len(load.exchanges)} | {len(failed)} "
        f"| {max(waited):.2f} | {usual[-1] if usual else 0:.2f} |"
    )


def quiet(site: Site, person: Visitor) -> str:
    """Nobody asked while it was away: the first request afterwards."""
    restarted(site, signal.SIGINT)
    time.sleep(1)
    person.begin()
    with contextlib.suppress(Unanswered):
        person.look()
    begun, ended, status = person.exchanges[0]
    return f"The first request of a quiet site: {status} after {ended - begun:.2f} s."


def under_a_lock(site: Site, people: list[Visitor]) -> str:
    probes = []
    with site.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE transaction IN ACCESS EXCLUSIVE MODE")
        end = time.monotonic() + LOCKED
        with Load(people) as load:
            while time.monotonic() < end:
                probes.append(probe(site.port))
                time.sleep(0.1)
            load.over.set()
    longest = max(ended - begun for begun, ended, _ in load.exchanges)
    statuses = Counter(status for _, _, status in load.exchanges)
    return (
        f"`transaction` locked for {LOCKED:.0f} s under {len(people)} people: {len(probes)} probes of /healthz, "
        f"median {1000 * sorted(probes)[len(probes) // 2]:.0f} ms, longest {1000 * max(probes):.0f} ms; pages gave "
        f"{dict(statuses)}, the longest after {longest:.1f} s."
    )


def probe(port: int) -> float:
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
    return time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.restarts", description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wealthwise restarts ") as folder, Site(Path(folder), options) as site:
        crowd = max(CROWDS)
        site.manage("seed", "--users", str(crowd), "--transactions", str(crowd * 200), "--password", Person.PASSWORD)
        journal = Journal(Path(folder) / "journal.jsonl")
        people = [Visitor(number, site, journal, random.Random(number)) for number in range(crowd)]
        for person in people:
            person.begin()
            person.sign_in()
        say("| People | Told by | Away, s | Requests | Failed | Longest wait once back, s | Longest before, s |")
        say("|--:|---|--:|--:|--:|--:|--:|")
        for how in (signal.SIGINT, signal.SIGKILL):
            for count in CROWDS:
                say(under_load(site, people[:count], how))
        say(quiet(site, people[0]))
        say(under_a_lock(site, people))
    return 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
