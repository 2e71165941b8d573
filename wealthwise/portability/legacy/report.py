"""What an import carried over, repaired and set aside, to be read by whoever ran it.

Each row of the file has one fate, so that the counts of a table add up to its rows: whoever carries a row begins with
`about`, and what is said of it from then on is said of that row.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

EXAMPLES: Final = 3
CARRIED, REPAIRED, SET_ASIDE, HERE = "carried", "repaired", "set aside", "here already"
FATES: Final = (CARRIED, REPAIRED, SET_ASIDE, HERE)

type OldRow = dict[str, Any]


@dataclass(slots=True)
class Fate:
    """What became of one row. ``reason`` is given for what was set aside."""

    table: str
    row: OldRow
    what: str = CARRIED
    reason: str = ""

    def line(self) -> str:
        """A line of the file of rows that were set aside."""
        key = self.row.get("id")
        said = {"table": self.table, "key": key, "reason": self.reason, "row": self.row}
        return json.dumps(said, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


@dataclass(slots=True)
class RepairReport:
    """``carried`` counts what was added by table; repairs and what was left out are counted by kind, with a few
    examples. ``to_act_upon`` lists people and why somebody has to do something for them.
    """

    carried: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    fates: dict[int, Fate] = field(default_factory=dict)
    to_act_upon: list[dict[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _at: Fate | None = None

    def about(self, table: str, row: OldRow) -> None:
        """From here on, what is said is said of this row."""
        self._at = self.fates.setdefault(id(row), Fate(table, row))

    def about_none(self) -> None:
        """What is said next is of no single row."""
        self._at = None

    def knows(self, row: OldRow) -> bool:
        return id(row) in self.fates

    def repaired(self, kind: str, where: str = "") -> None:
        self.repairs[kind] += 1
        self._example(kind, where)
        if self._at and self._at.what == CARRIED:
            self._at.what = REPAIRED

    def left(self, kind: str, where: str = "", count: int = 1) -> None:
        """Set the row aside for this reason."""
        self.left_out[kind] += count
        self._example(kind, where)
        if self._at and self._at.what != SET_ASIDE:
            self._at.what, self._at.reason = SET_ASIDE, kind

    def set_aside(self, table: str, row: OldRow, reason: str) -> None:
        self.about(table, row)
        self.left(reason)

    def is_here(self, table: str, row: OldRow) -> None:
        """Its person was there before the import."""
        self.fates[id(row)] = Fate(table, row, HERE)

    def act_upon(self, email: str, why: str) -> None:
        self.to_act_upon.append({"email": email, "why": why})

    def _example(self, kind: str, where: str) -> None:
        if where and len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(where)

    def counts(self) -> dict[str, Counter[str]]:
        """How many rows of each table had which fate."""
        found = defaultdict[str, Counter[str]](Counter)
        for fate in self.fates.values():
            found[fate.table][fate.what] += 1
        return dict(found)

    def aside(self) -> Iterator[Fate]:
        return (fate for fate in self.fates.values() if fate.what == SET_ASIDE)

    def lines(self) -> Iterator[str]:
        """The report as lines of text."""
        yield "Carried over:" if self.carried else "Nothing was added."
        yield from (f"  {count:>9,}  {table}" for table, count in self.carried.items() if count)
        for heading, counts in (("Repaired:", self.repairs), ("Left out:", self.left_out)):
            if counts:
                yield heading
            for kind, count in counts.items():
                shown = "; ".join(self.examples[kind])
                yield f"  {count:>9,}  {kind}" + (f" ({shown})" if shown else "")
        yield from self._of_tables()
        if self.unknown:
            yield "Has no place:"
            yield from (f"  {name}" for name in self.unknown)

    def _of_tables(self) -> Iterator[str]:
        counts = self.counts()
        if not counts:
            return
        yield f"Rows of the file {'in it':>15}" + "".join(f"{fate:>14}" for fate in FATES)
        for table, by_fate in sorted(counts.items()):
            yield f"  {table:<30}{by_fate.total():>9,}"[:41] + "".join(f"{by_fate[fate]:>14,}" for fate in FATES)
