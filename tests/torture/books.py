"""The end: what the journal knows against what the database has, the sums, and what was answered."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.packages import ROOT
from tests.torture.faults import Faults
from tests.torture.operations import Operations
from tests.torture.people import Journal, Person
from tests.torture.site import Site

ROWS = """
SELECT user_id, description, amount FROM transaction WHERE description LIKE 'torture %' ORDER BY 1, 2
"""
HALF_TRANSFERS = """
SELECT count(*) FROM (SELECT 1 FROM transaction WHERE transfer_id IS NOT NULL AND description LIKE 'torture %'
                      GROUP BY user_id, transfer_id HAVING count(*) <> 2 OR sum(amount) <> 0) half
"""
# A row that is not in any other of the same person's files belongs to its own.
HALF_IMPORTS = """
SELECT count(*) FROM import_batch b WHERE b.state = 'committed' AND b.new_count <> (
    SELECT count(*) FROM transaction t WHERE t.user_id = b.user_id AND t.import_batch_id = b.id)
"""


LEFT = """
SELECT (SELECT count(*) FROM "user" WHERE id = %(user)s), (SELECT count(*) FROM transaction WHERE user_id = %(user)s),
       (SELECT count(*) FROM account WHERE user_id = %(user)s)
"""


class Books:
    """``expected`` are the transactions and accounts of those who only move: restorers, and the ``leavers``."""

    def __init__(
        self, site: Site, people: list[Person], journal: Journal, faults: Faults, operations: Operations | None = None
    ) -> None:
        self.site, self.people, self.journal, self.faults = site, people, journal, faults
        self.operations = operations
        self.expected: dict[int, tuple[int, int]] = {}
        self.leavers: set[int] = set()
        self.lines: list[str] = []

    def open(self, movers: list[Person], leavers: set[int]) -> None:
        self.leavers = leavers
        with self.site.connect() as connection:
            for person in movers:
                _, rows, accounts = connection.execute(LEFT, {"user": person.id}).fetchone() or (0, 0, 0)
                self.expected[person.id] = (rows, accounts)

    def close(self) -> list[str]:
        """What is not 0 although it must be."""
        ready = self.site.becomes_ready()
        figures = self._of_the_ledger() if ready else {}
        figures |= self._of_the_answers()
        figures["not ready at the end"] = int(not ready)
        if ready:
            checked = self.site.manage("check_summaries")
            figures["sums that differ"] = int(checked.returncode != 0)
            self.lines.append(checked.stdout.strip() or checked.stderr.strip()[-500:])
            if self.operations:
                figures["conversions that cannot be finished"] = int(not self.operations.finish())
                self.lines += self.operations.lines
        self.site.__exit__(None, None, None)
        figures["processes left behind"] = len(self.site.left_behind())
        self.lines += [f"{name}: {count}" for name, count in figures.items()]
        return [f"{name} {count}" for name, count in figures.items() if count]

    def _of_the_ledger(self) -> dict[str, int]:
        with self.site.connect() as connection:
            rows = connection.execute(ROWS).fetchall()
            half = connection.execute(HALF_TRANSFERS).fetchone()
            imports = connection.execute(HALF_IMPORTS).fetchone()
        there = Counter((person, text) for person, text, _ in rows)
        amounts = {(person, text): amount for person, text, amount in rows}
        acknowledged = Counter(entry["do"] for entry in self.journal.entries)
        told = ", ".join(f"{count} {do}" for do, count in sorted(acknowledged.items()) if not do.startswith("try"))
        self.lines.append(f"Acknowledged: {told}")
        lost, wrong = self._lost(there, amounts)
        for mark in lost[:10]:
            self.lines.append(f"lost: {mark}")
        return {
            **self._of_movers(),
            "acknowledged writes lost": len(lost),
            "amounts that differ": wrong,
            "written twice": sum(
                1 for (_, text), count in there.items() if count > (2 if " transfer " in text else 1)
            ),
            "transfers by half": half[0] if half else 0,
            "imports by half": imports[0] if imports else 0,
        }

    def _of_movers(self) -> dict[str, int]:
        """Who restored and who left: all of it or nothing, and what was said last is so."""
        said: dict[int, str] = {}
        for entry in self.journal.entries:
            if entry["do"].split()[-1] in ("empty", "restore", "leave"):
                said[entry["person"]] = entry["do"]
        half = 0
        with self.site.connect() as connection:
            for person, rows in self.expected.items():
                found = connection.execute(LEFT, {"user": person}).fetchone() or (0, 0, 0)
                may_be = [(0, 0, 0)] if person in self.leavers else [(1, 0, 0)]
                whole = (1, *rows)
                match said.get(person, "nothing"):
                    case "nothing" | "restore":
                        may_be = [whole]
                    case "try to empty" | "try to restore" | "try to leave":
                        may_be.append(whole)
                if found not in may_be:
                    half += 1
                    self.lines.append(f"user {person} has {found} after {said.get(person)}, not {may_be}")
        return {"restored, emptied or erased by half": half}

    def _lost(self, there: "Counter[tuple[int, str]]", amounts: dict[Any, Any]) -> tuple[list[str], int]:
        marked = [entry for entry in self.journal.entries if "mark" in entry]  # the others are of movers
        tried = {entry["mark"] for entry in marked if entry["do"].startswith("try to ")}
        deleted = {entry["mark"] for entry in marked if entry["do"] in ("delete", "revert")}
        lost, wrong = [], 0
        for entry in marked:
            key = (entry["person"], entry["mark"])
            if entry["do"] == "add" and entry["mark"] not in tried:
                lost += [] if there[key] == 1 else [entry["mark"]]
                wrong += there[key] == 1 and amounts[key] * 100 != entry["cents"]
            elif entry["do"] == "add" and entry["mark"] in deleted:
                lost += [f"deletion of {entry['mark']}"] if there[key] else []
            elif entry["do"] == "transfer":
                lost += [] if there[key] == 2 else [entry["mark"]]
            elif entry["do"] == "import":
                found = sum(there[entry["person"], f"{entry['mark']} line {n}"] for n in range(entry["rows"]))
                may_be = {0} if entry["mark"] in deleted else {0, entry["rows"]}
                if found not in (may_be if entry["mark"] in tried else {entry["rows"]}):
                    lost.append(f"{entry['mark']}: {found} of {entry['rows']} rows")
        return lost, wrong

    def _faults_in_the_log(self) -> Iterator[str]:
        """What was raised, and where it was first seen, of each line that is an error."""
        for line in self.site.log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if said.get("level") == "error":
                    ours = [frame for frame in said.get("stack", []) if str(ROOT) in frame and ".venv" not in frame]
                    where = ours[-1].removeprefix(str(ROOT)) if ours else ""
                    yield f"{said['logger']}: {said.get('exception', said['message'][:100])} {where}".strip()

    def _of_the_answers(self) -> dict[str, int]:
        answers = sum((person.answers for person in self.people), Counter[int]())
        unanswered = sum(person.lost_answers for person in self.people)
        unknown = sum(len(person.unknown) for person in self.people)
        self.lines.append(f"Faults: {', '.join(f'{n} x {what}' for what, n in sorted(self.faults.done.items()))}")
        self.lines.append(f"Answers: {', '.join(f'{n} x {status}' for status, n in sorted(answers.items()))}; "
                          f"{unanswered} connections cut, {unknown} writes never answered")  # fmt: skip
        deadlocks = self.site.layout.log("postgres").read_text(errors="replace").count("deadlock detected")
        self.lines.append(f"503 is the answer while the database is away: {answers[503]}")
        refusals = [mark for person in self.people for mark in person.refusals]
        self.lines += [f"{count} x {what}" for what, count in Counter(self._faults_in_the_log()).most_common(12)]
        self.lines.append(f"Refused with a sentence: {len(refusals)} {refusals[:5]}")
        return {
            "deadlocks": deadlocks,
            "answered 500": answers[500],
            "answered 400, which says that nothing was changed": answers[400],
        }
