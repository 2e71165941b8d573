"""The pages as a browser gets them, against their floor and a naive baseline, on a seeded database.

    .venv/bin/python -m bench.run [--users 10000] [--rows 1000000] [--seconds 2] [--fresh] [--name default]

The database is kept under a name of its own, so a second run begins at once; `--fresh` drops it. A run that was
ended is run again. Writes are taken back. Figures go to bench/results/NAME.json; see docs/performance.md.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import psycopg
from django.conf import settings

from bench.load import Clients
from bench.scratch import ROOT
from bench.site import database, memory, say, served
from wealthwise.core.progress import ProgressBar

RESULTS = ROOT / "bench" / "results"


def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=2, help="of each scenario, person and number of clients")
    parser.add_argument("--port", type=int, default=8910)
    parser.add_argument("--name", default="", help="of the result; otherwise the two numbers")
    parser.add_argument("--fresh", action="store_true", help="drop the database and seed it anew")
    parser.add_argument("--only", default="", help="scenarios to measure, separated by commas")
    parser.add_argument("--no-naive", action="store_true", help="leave the naive baseline out")
    parser.add_argument("--no-mix", action="store_true")
    return parser.parse_args(words)


def environment(connection: "psycopg.Connection[Any]", options: argparse.Namespace) -> dict[str, Any]:
    """What the figures depend on."""
    size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "users": options.users,
        "rows": options.rows,
        "seconds": options.seconds,
        "database_mb": (size[0] if size else 0) // 2**20,
        "cores": os.cpu_count(),
        "workers": settings.WORKERS,
        "versions": {
            "python": platform.python_version(),
            "postgresql": str(connection.info.server_version // 10_000),
            **{name: version(name) for name in ("django", "psycopg", "granian")},
        },
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as stack:
        arguments = stack.enter_context(database(options.users, options.rows, fresh=options.fresh))
        from bench.measure import Measurement  # needs Django configured, by the line above

        connection = stack.enter_context(psycopg.connect(**arguments, autocommit=True))
        found = environment(connection, options)
        pid = stack.enter_context(served(options.port))
        clients = stack.enter_context(Clients(16))
        measurement = Measurement(connection, clients, options)
        try:
            found["people"] = {person.label: person.rows for person in measurement.people}
            found["scenarios"] = dict(_scenarios(measurement))
            if not options.no_mix:
                found["mix"] = measurement.mix()
        finally:
            measurement.clean_up()
        found["memory_mb"] = memory(pid)
        return found


def _scenarios(measurement: Any) -> Iterator[tuple[str, Any]]:
    bar = ProgressBar(sys.stderr, measurement.turns, "Scenarios")
    for scenario in measurement.there.values():
        figures: dict[str, Any] = {"label": scenario.label, "people": {}}
        for person in measurement.people_of(scenario):
            figures["people"][person.label] = measurement.of(scenario, person)
            bar.advance()
            say(measurement.line(scenario, person, figures["people"][person.label]))
        yield scenario.name, figures


def faults(found: dict[str, Any]) -> list[str]:
    """Every error and every page that showed something else than its floor, in words."""
    wrong = []
    for name, scenario in found["scenarios"].items():
        for label, figures in scenario["people"].items():
            wrong += [f"{name}, {label}: {text}" for text in figures.get("differences", [])]
            for clients, run in figures["clients"].items():
                if run["errors"]:
                    wrong.append(f"{name}, {label}, {clients} clients: {run['errors']} errors, {run['first_error']}")
    if found.get("mix", {}).get("errors"):
        wrong.append(f"mix: {found['mix']['errors']} errors, {found['mix']['first_error']}")
    return wrong


def main() -> None:
    options = arguments_of()
    found = measure(options)
    name = options.name or f"{options.users}_{options.rows}"
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{name}.json"
    target.write_text(json.dumps(found, indent=1) + "\n")
    say(f"Written to {target.relative_to(ROOT)}.")
    wrong = faults(found)
    for text in wrong:
        say(f"WRONG  {text}")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
