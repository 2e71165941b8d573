"""The columns of a CSV, and what their headings and their values say of them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from transactions.importing.csv.headings import is_state, is_unbooked, outward, roles_of
from transactions.importing.csv.records import Record
from transactions.importing.formats.days import is_day
from transactions.importing.formats.values import VALUE_LENGTH, looks_like_amount

# Enough to tell what a column holds; the date order and the decimal style look at more.
SAMPLE: Final = 200
MANY: Final = 4000
_LONGEST_FLAG: Final = 40
_SPECIAL: Final = ("balance", "account", "date", "currency", "fee", "status", "other", "comment", "category", "tag")


class ColumnTable:
    """The records of a file below its heading, as columns."""

    def __init__(self, heading: Sequence[str], records: Sequence[Record]) -> None:
        self.heading, self.records = heading, records
        self.sample = records[:SAMPLE]
        self.roles = roles_of(heading)
        self.width = max((len(cells) for cells in [heading, *(r.cells for r in self.sample)]), default=0)
        self._values = dict[int, list[str]]()

    def values(self, column: int) -> list[str]:
        """What stands in the first rows of a column, without its empty cells."""
        if column not in self._values:
            self._values[column] = [cell for record in self.sample if (cell := record.cell(column))]
        return self._values[column]

    def many_values(self, column: int) -> list[str]:
        """What stands in the first and the last rows of a column: enough for the order of days, and for decimals."""
        records = (
            self.records if len(self.records) <= MANY else (*self.records[: MANY // 2], *self.records[-MANY // 2 :])
        )
        return [cell for record in records if (cell := record.cell(column))]

    def name(self, column: int) -> str:
        return self.heading[column] if column < len(self.heading) else ""

    def role(self, column: int) -> str:
        return next((role for role, columns in self.roles.items() if column in columns), "")

    def share(self, column: int, fits: Callable[[str], bool]) -> float:
        """How many of a column's first values satisfy a test, 0 to 1."""
        values = self.values(column)
        return sum(map(fits, values)) / len(values) if values else 0.0

    @cached_property
    def numeric(self) -> list[int]:
        """Columns of amounts, those with decimals first. Longer texts are none, whatever they hold."""
        found = [c for c in range(self.width) if self.share(c, is_amount) >= _MOST]
        return sorted(found, key=lambda c: not self.has_decimals(c))

    def has_decimals(self, column: int) -> bool:
        return any(re.search(r"[.,][0-9]{2}\b", value) for value in self.values(column))

    def date_column(self) -> int | None:
        """What a heading calls the date, if days stand in it; else the first column of days."""
        named = self.roles.get("date", [])
        dated = [c for c in named if self.share(c, is_day) >= _HALF and len(self.values(c)) * 2 > len(self.sample)]
        dated += [c for c in (*named, *range(self.width)) if self.share(c, is_day) >= _HALF]
        return next(iter((*dated, *named)), None)

    def free_numeric(self, taken: set[int]) -> list[int]:
        """Columns of amounts that no heading calls something else."""
        others = {c for role in _SPECIAL for c in self.roles.get(role, [])} | taken
        return [c for c in self.numeric if c not in others]

    def flags(self, taken: set[int]) -> list[tuple[int, frozenset[str]]]:
        """Columns that tell the direction of money, with their words for money out (none where nobody knows)."""
        named = self.roles.get("flag", [])
        others = [c for c in range(self.width) if self.role(c) in _MAYBE_FLAGS and c not in self.numeric]
        found = []
        for column in (*named, *others):
            if column in taken:
                continue
            words = outward(self.marks(column), self.name(column))
            if words is not None:
                found.append((column, words))
        return found

    def marks(self, column: int) -> list[str]:
        """The few different values of a column, a lone dash included; what stands in one row of twenty is a slip."""
        counts = Counter(value for record in self.records if (value := record.raw(column)))
        if len(counts) > _MOST_MARKS or any(len(value) > _LONGEST_FLAG for value in counts):
            return []
        return [
            value for value, times in counts.items() if times * 20 > counts.total() or counts.total() < SAMPLE // 10
        ]

    def without(self, is_left_out: Callable[[Record], bool]) -> "ColumnTable":
        """The same without some rows, where that leaves any."""
        kept = [record for record in self.records if not is_left_out(record)]
        return ColumnTable(self.heading, kept) if kept else self

    def status_column(self) -> int | None:
        """A column that says what became of each row: by its heading, or by words that say nothing else."""
        named = self.roles.get("status", [])
        for column in (*named, *(c for c in range(self.width) if c not in named)):
            few = set(self.values(column))
            if not few or len(few) > _MOST_STATES or not (column in named or all(map(is_state, few))):
                continue
            seen = {record.cell(column) for record in self.records} - {""}
            if any(map(is_unbooked, seen)) and (column in named or all(map(is_state, seen))):
                return column
        return None

    def text_columns(self, role: str, taken: set[int]) -> list[int]:
        return [c for c in self.roles.get(role, []) if c not in taken and self.values(c)]

    def variety(self, column: int) -> float:
        """How far a column tells its rows apart, 0 to 1; texts count by how many rows have one."""
        values = self.values(column)
        return len(set(values)) / max(len(self.sample), 1) if values else 0.0

    def letters(self, column: int) -> int:
        return sum(map(str.isalpha, "".join(value[:200] for value in self.values(column))))


_MOST: Final = 0.8
_HALF: Final = 0.5
_MOST_STATES: Final = 12
_MOST_MARKS: Final = 8
# A heading such as "CreditDebet" is read as the one or the other.
_MAYBE_FLAGS: Final = ("", "comment", "debit", "credit", "amount")


def is_amount(text: str) -> bool:
    return len(text) <= VALUE_LENGTH and any(map(str.isdigit, text)) and not is_day(text) and looks_like_amount(text)


def usual_width(records: Sequence[Record]) -> int:
    counts = Counter(len(record.cells) for record in records[:SAMPLE])
    return counts.most_common(1)[0][0] if counts else 0
