"""``make torture``: people in a mixed random load, a fault every few seconds, and then the books.

It has a site of its own in a temporary folder. A journal outside of it keeps every write that was acknowledged. At
the end nothing acknowledged is lost, nothing is there twice or by half, the sums are exact, and the site is ready.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from tests.torture.books import Books
from tests.torture.faults import Faults
from tests.torture.movers import Leaver, Restorer, leave_in_turn
from tests.torture.operations import Operations
from tests.torture.people import Journal, Person
from tests.torture.site import Site

LEAVERS = 5  # a minute


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--pause", type=float, default=8, help="seconds between two faults, at most twice that")
    parser.add_argument("--longest-stop", type=float, default=20, help="seconds that a process is held at most")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", help="on a small file system of its own, which is then filled up now and again")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of what happens when")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    chance = random.Random(options.seed)
    place = tempfile.TemporaryDirectory(prefix="wealthwise torture ", dir=options.folder)
    with place as folder, Site(Path(folder), options) as site:
        journal = Journal(Path(folder) / "journal.jsonl")
        say(f"Seed {options.seed}: {options.people} people, {options.minutes:g} minutes, {options.workers} workers.")
        crowd = options.people + 1 + round(options.minutes * LEAVERS)
        site.manage("seed", "--users", str(crowd), "--transactions", str(crowd * 200), "--password", Person.PASSWORD)
        kinds = [Person] * options.people + [Restorer] + [Leaver] * (crowd - options.people - 1)
        people = [kind(n, site, journal, random.Random(chance.random())) for n, kind in enumerate(kinds)]
        leavers = [person for person in people if isinstance(person, Leaver)]
        over = threading.Event()
        faults = Faults(site, random.Random(chance.random()), options)
        operations = Operations(site, random.Random(chance.random()))
        books = Books(site, people, journal, faults, operations)
        books.open(people[options.people :], {person.id for person in leavers})
        lives = [person.live for person in people if person not in leavers]
        lives += [operations.live, partial(leave_in_turn, leavers)]
        threads = [threading.Thread(target=life, args=[over]) for life in lives]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + options.minutes * 60
        while time.monotonic() < deadline:
            say(faults.next(deadline))
        over.set()
        for thread in threads:
            thread.join()
        wrong = books.close()
        for line in books.lines:
            say(line)
    say("Wrong: " + "; ".join(wrong) if wrong else "Everything that must be 0 is 0.")
    return 1 if wrong else 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
