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
from pathlib import Path

from tests.torture.books import Books
from tests.torture.faults import Faults
from tests.torture.people import Journal, Person
from tests.torture.site import Site


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--pause", type=float, default=8, help="seconds between two faults, at most twice that")
    parser.add_argument("--longest-stop", type=float, default=20, help="seconds that a process is held at most")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of what happens when")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="wealthwise torture ") as folder, Site(Path(folder), options) as site:
        journal = Journal(Path(folder) / "journal.jsonl")
        say(f"Seed {options.seed}: {options.people} people, {options.minutes:g} minutes, {options.workers} workers.")
        site.manage("seed", "--users", str(options.people), "--transactions", str(options.people * 200),
                    "--password", Person.PASSWORD)  # fmt: skip
        people = [Person(number, site, journal, random.Random(chance.random())) for number in range(options.people)]
        over = threading.Event()
        threads = [threading.Thread(target=person.live, args=[over]) for person in people]
        faults = Faults(site, random.Random(chance.random()), options)
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + options.minutes * 60
        while time.monotonic() < deadline:
            say(faults.next(deadline))
        over.set()
        for thread in threads:
            thread.join()
        books = Books(site, people, journal, faults)
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
