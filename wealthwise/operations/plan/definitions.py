"""Every definition that the migrations make, held against the catalog: views, bodies, triggers, rules, settings.

What they make is kept in ``definitions.json``, which a test makes from a database that was just migrated; a ledger in
partitions and a plain one are the same there. Each difference has a sentence, and the statements that mend it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from wealthwise.operations.plan.facts import Row
from wealthwise.operations.plan.mends import made_again, unmade
from wealthwise.postgres.definitions import INVALID, OFF, Definition, comparable, definitions

SECTION: Final = "2 Definitions, as the migrations make them"
FILE: Final = Path(__file__).with_name("definitions.json")
TOLD: Final = 4  # differences of one kind that a row names; `plan --mend` has them all
# What a partition has of its table. A trigger that runs once a statement stands on the table alone.
_ON_PARTITIONS: Final = ("table", "setting", "constraint", "index", "trigger")
# What somebody else's is harmless: an index costs, and tables of their own do not concern us.
_ADDED_HARMS: Final = ("not null", "default", "identity", "constraint", "trigger", "rule", "policy", "column")
_OPTIONAL: Final = ("pg_stat_statements",)
_CONVERSION: Final = "conversion_mirror_"  # triggers while `partitions convert` is at work
_FIRST: Final = ("extension", "function", "aggregate", "table", "column", "materialized view", "view")  # to be mended
_PLURALS: Final = {
    "index": "indexes",
    "policy": "row policies",
    "not null": "NOT NULL",
    "identity": "identities",
    "statistics": "statistics objects",
    "setting": "storage settings",
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """``made`` is what the migrations make, None where they make nothing; ``found`` what is there, or None."""

    made: Definition | None
    found: Definition | None

    @property
    def one(self) -> Definition:
        return self.made or self.found  # type: ignore[return-value]  # one of them is there

    @property
    def sentence(self) -> str:
        named = self._named()
        if self.found is None:
            return f"{named} is missing"
        if self.made is None:
            return f"{named} is of no migration: {self.found.text}"
        if self.found.text.endswith(OFF):
            return f"{named} is switched off"
        if self.found.text.endswith(INVALID):
            return f"{named} is invalid"
        if self.one.kind in ("function", "view", "materialized view"):
            return f"{named} has another text"
        return f"{named} is {self.found.text} instead of {self.made.text}"

    def _named(self) -> str:
        one = self.one
        if not one.table:
            return f"{one.kind} {one.name}"
        place = one.part or one.table
        if one.kind in ("column", "not null", "default", "identity", "sequence"):
            return f"{one.kind} of {place}.{one.name}" if one.kind != "column" else f"column {place}.{one.name}"
        return f"{one.kind} {one.name} on {place}" if one.name else f"{one.kind} {place}"

    @property
    def mend(self) -> str:
        """Statements of SQL, or a sentence as a comment where none would bring it back."""
        if self.made is None:
            return unmade(self.one)
        return made_again(self.made, self.found, indexes=_made_of("index", self.made.table))


@cache
def made_by_migrations() -> tuple[Definition, ...]:
    return tuple(Definition(*entry) for entry in json.loads(FILE.read_text()))


def indexes_made() -> frozenset[str]:
    """The names of all indexes that migrations make, those of libraries too."""
    return frozenset(one.name for one in made_by_migrations() if one.kind == "index")


def _made_of(kind: str, table: str) -> list[Definition]:
    return [one for one in made_by_migrations() if (one.kind, one.table) == (kind, table)]


def written(found: Iterable[Definition]) -> str:
    """The file of what the migrations make: one piece a line, with what partitions repeat only once."""
    pieces = {
        (one.kind, one.table, one.name, one.text) for one in found if one.kind != "extension" or not _is_optional(one)
    }
    return "[\n" + ",\n".join(json.dumps(piece) for piece in sorted(pieces)) + "\n]\n"


def _is_optional(one: Definition) -> bool:
    return one.name in _OPTIONAL


def differences(connection: Any) -> list[Deviation]:
    """All of the database; ordered by kind, table and name."""
    there = {(one.kind, one.table, one.name, one.part): one for one in definitions(connection)}
    parts: dict[str, set[str]] = defaultdict(set)
    for one in there.values():
        if one.part:
            parts[one.table].add(one.part)
    wanted = {
        (one.kind, one.table, one.name, part): one
        for one in made_by_migrations()
        for part in _places(one, parts.get(one.table, set()))
    }
    found = [*_lost_or_changed(wanted, there), *_added(wanted, there)]
    return sorted(found, key=lambda each: (each.one.kind, each.one.table, each.one.name, each.one.part))


def _places(one: Definition, parts: set[str]) -> Iterator[str]:
    """Where a piece must be: "" is the table itself. A partitioned one has no settings of its own."""
    if not (parts and one.kind == "setting"):
        yield ""
    if one.kind in _ON_PARTITIONS and not (one.kind == "trigger" and "FOR EACH ROW" not in one.text):
        yield from parts


type Places = dict[tuple[str, str, str, str], Definition]


def _lost_or_changed(wanted: Places, there: Places) -> Iterator[Deviation]:
    for key, one in wanted.items():
        found = there.get(key)
        if found is None or comparable(found) != comparable(one):
            yield Deviation(Definition(one.kind, one.table, one.name, one.text, key[-1]), found)


def _added(wanted: Places, there: Places) -> Iterator[Deviation]:
    """What is on a table of ours, was made by no migration, and changes what may be written or read."""
    ours = {one.table for one in made_by_migrations()}
    for key, one in there.items():
        if key in wanted or one.table not in ours or one.name.startswith(_CONVERSION):
            continue
        unique = one.kind == "index" and one.text.startswith("UNIQUE")
        halted = one.kind == "setting" and one.name == "autovacuum_enabled" and one.text not in ("true", "on", "1")
        if one.kind in _ADDED_HARMS or unique or halted:
            yield Deviation(None, one)


def definition_rows(connection: Any) -> list[Row]:
    """One row a kind: how many there are, or what of them differs, with the statement that mends the first."""
    counts: dict[str, int] = defaultdict(int)
    for one in made_by_migrations():
        counts[one.kind] += 1
    broken = {kind: list(found) for kind, found in groupby(differences(connection), key=lambda each: each.one.kind)}
    return [
        Row(
            SECTION,
            f"definitions: {_PLURALS.get(kind, f'{kind}s')}",
            kind not in broken,
            _state(counts[kind], broken.get(kind, [])),
        )
        for kind in sorted({*counts, *broken})
    ]


def _state(count: int, broken: list[Deviation]) -> str:
    if not broken:
        return f"{count}, all as made"
    told = "; ".join(each.sentence for each in broken[:TOLD])
    more = f"; and {len(broken) - TOLD} more" if len(broken) > TOLD else ""
    return f"{told}{more}. What mends it: manage.py plan --mend"


def mends(connection: Any) -> str:
    """All statements that bring the definitions back, each under its sentence, in an order that can be run."""
    found = sorted(differences(connection), key=_turn)
    views = {each.one.table for each in found if each.one.kind == "materialized view"}
    rules = {(each.one.table, each.one.name) for each in found if each.one.kind == "constraint"}
    return "\n".join(
        f"-- {each.sentence}\n{each.mend}\n"
        for each in found  # an index comes with its view or its constraint
        if not (each.one.kind == "index" and (each.one.table in views or (each.one.table, each.one.name) in rules))
    )


def _turn(difference: Deviation) -> tuple[int, bool]:
    """What others are made of comes first, and a foreign key after the key that it points to."""
    one = difference.one
    place = _FIRST.index(one.kind) if one.kind in _FIRST else len(_FIRST)
    return place, one.text.startswith("FOREIGN KEY")
