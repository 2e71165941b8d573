"""`manage.py maintain analyze|vacuum|reindex`: the plan's regular maintenance, beside users at work."""

import json
import sys
from dataclasses import asdict
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from wealthwise.core.progress import track
from wealthwise.operations import maintenance
from wealthwise.operations.maintenance import DONE, FAILED, MaintenanceStep, Result

INTERRUPTED = 130  # what a shell expects after Ctrl-C


class Command(BaseCommand):
    help = (
        "Renews planner statistics, vacuums, or rebuilds indexes without stopping reads and writes, one partition "
        "and one index at a time. Ctrl-C is safe; so is a second run."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=maintenance.ACTIONS, help="vacuum renews the statistics too")
        parser.add_argument("--table", metavar="NAME", help="only this table, with all its partitions")
        parser.add_argument("--json", action="store_true", help="print what was done, with milliseconds, as JSON")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        self.results: list[Result] = []
        ending = None
        try:
            self.steps = maintenance.plan(connection, options["action"], options["table"])
            self._run(connection, self.steps, options["action"])
        except maintenance.MaintenanceError as error:
            ending = CommandError(str(error))
        except KeyboardInterrupt:
            ending = CommandError(self._interruption(options["action"]), returncode=INTERRUPTED)
        if ending is None or self.results:
            self._report(options, interrupted=ending is not None and ending.returncode == INTERRUPTED)
        if ending := ending or self._failure():
            raise ending

    def _run(self, connection: Any, steps: list[MaintenanceStep], action: str) -> None:
        label = {"analyze": "Analyzing", "vacuum": "Vacuuming", "reindex": "Reindexing"}[action]
        for result in track(maintenance.run(connection, steps), sys.stderr, len(steps), label):
            self.results.append(result)

    def _interruption(self, action: str) -> str:
        done = f"Interrupted after {len(self.results)} of {len(self.steps)} steps; what is done stays done."
        if action == "reindex":
            done += " The old index goes on serving; an unfinished new one is dropped by the next run."
        return f"{done} Run the same command again to do the whole work."

    def _failure(self) -> CommandError | None:
        failed = [result for result in self.results if result.outcome == FAILED]
        if not failed:
            return None
        told = "\n".join(f"  {result.statement}: {result.note}" for result in failed)
        return CommandError(f"{len(failed)} of {len(self.results)} steps failed:\n{told}")

    def _report(self, options: dict[str, Any], *, interrupted: bool) -> None:
        total = round(sum(result.milliseconds for result in self.results), 1)
        if options["json"]:
            answer = {
                "action": options["action"],
                "interrupted": interrupted,
                "milliseconds": total,
                "steps": [asdict(result) for result in self.results],
            }
            self.stdout.write(json.dumps(answer, indent=2))
            return
        for table, results in groupby(
            sorted(self.results, key=lambda result: result.table), key=lambda result: result.table
        ):
            self._report_table(table, list(results))
        self.stdout.write(f"{options['action']}: {len(self.results)} steps in {total / 1000:,.1f} s.")

    def _report_table(self, table: str, results: list[Result]) -> None:
        done = [result for result in results if result.outcome == DONE]
        spent = sum(result.milliseconds for result in done)
        self.stdout.write(f"{table:<32} {len(done):>4} done {spent:>12,.1f} ms")
        for result in results:
            if result.outcome != DONE or result.note:
                self.stdout.write(f"  {result.target}: {_fate(result)}")


def _fate(result: Result) -> str:
    if result.outcome == maintenance.DROPPED:
        return "left by an interrupted rebuild, dropped."
    return f"{result.outcome}. {result.note}".rstrip()
