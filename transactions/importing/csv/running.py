"""The column of balances of a CSV: it proves the order of the rows, and says what was there at the end of each day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise, product
from typing import NamedTuple

from transactions.importing.formats.balances import shown
from transactions.importing.formats.rows import RowNote, StatedBalance
from wealthwise.core.locales import counted, show_count

MOST_BREAKS = 5


class RunningRow(NamedTuple):
    """A row of the file with the balance beside it."""

    line: int
    day: date
    amount: Decimal
    balance: Decimal


class _Reading(NamedTuple):
    """Whether the newest row stands last, and whether the balance is what one has (1) or what one owes (-1)."""

    is_newest_last: bool
    sign: int

    def missing(self, above: RunningRow, below: RunningRow) -> Decimal:
        """What lies between two neighbours beyond the newer row itself."""
        older, newer = (above, below) if self.is_newest_last else (below, above)
        return self.sign * (newer.balance - older.balance) - newer.amount


class Proof(NamedTuple):
    """What a column of balances says of the rows beside it. ``agreed`` of ``asked`` rows follow from others;
    ``is_owed``: the balance grows where money goes out. The balances are those at the ends of days, oldest first.
    """

    balances: list[StatedBalance]
    notes: list[RowNote]
    agreed: int = 0
    asked: int = 0
    is_owed: bool = False

    @property
    def sentence(self) -> str:
        if not self.agreed:
            return ""
        if self.agreed == self.asked:
            return f"The amounts agree with the bank's balance in all {show_count(self.asked)} rows."
        return (
            f"The amounts agree with the bank's balance in {show_count(self.agreed)} of {counted(self.asked, 'row')}."
        )


def proven(rows: Sequence[RunningRow | None]) -> Proof:
    """Whether the rows lead from balance to balance, and the balances at the ends of days as far as they do.

    ``rows`` stand as in the file, None for one that could not be read. Four in five neighbours must follow from each
    other; where one does not, a row is missing.
    """
    pairs = [(above, below) for above, below in pairwise(rows) if above and below]
    there = [row for row in rows if row]
    if not there:
        return Proof([], [])
    reading, breaks = _best(there, pairs)
    if len(breaks) * 5 > len(pairs):
        return Proof(
            [], [RowNote(0, "The balances in the file do not follow from its rows, so they are not compared.")]
        )
    notes = [_owed()] if reading.sign < 0 else []
    notes += [_break(*pair, missing) for pair, missing in breaks[:MOST_BREAKS]]
    ordered = there if reading.is_newest_last else there[::-1]
    balances = [StatedBalance(row.day, reading.sign * row.balance) for row in _last_of_days(ordered)]
    agreed = len(there) - len(breaks) if pairs else 0
    return Proof(balances, notes, agreed, len(there) if pairs else 0, reading.sign < 0)


type _Pair = tuple[RunningRow, RunningRow]


def _best(rows: Sequence[RunningRow], pairs: Sequence[_Pair]) -> tuple[_Reading, list[tuple[_Pair, Decimal]]]:
    """The reading that breaks at the fewest places, and these; one that breaks nowhere needs no other."""
    first, *others = _readings(rows)
    best = first, _breaks(first, pairs)
    for reading in others:
        if not best[1]:
            break
        best = min(best, (reading, _breaks(reading, pairs)), key=lambda each: len(each[1]))
    return best


def _breaks(reading: _Reading, pairs: Sequence[_Pair]) -> list[tuple[_Pair, Decimal]]:
    return [(pair, missing) for pair in pairs if (missing := reading.missing(*pair))]


def _readings(rows: Sequence[RunningRow]) -> list[_Reading]:
    """The likelier first: it wins where two explain as much."""
    by_day = rows[0].day <= rows[-1].day
    return [_Reading(is_newest_last, sign) for sign, is_newest_last in product((1, -1), (by_day, not by_day))]


def _last_of_days(rows: Sequence[RunningRow]) -> list[RunningRow]:
    """The last row of each day, where no earlier row is of a later day and no later row of this or an earlier one."""
    latest = accumulate((row.day for row in rows), max)
    soonest = list(accumulate((row.day for row in reversed(rows)), min))[-2::-1]
    ends = zip(rows, latest, [*soonest, date.max], strict=True)
    return [row for row, before, after in ends if before == row.day < after]


def _owed() -> RowNote:
    return RowNote(
        0,
        "The balances in the file grow where money goes out, so they are read as what you owe. If this is no card or "
        "loan, money in and out are swapped: correct the columns.",
    )


def _break(above: RunningRow, below: RunningRow, missing: Decimal) -> RowNote:
    return RowNote(
        below.line, f"Its balance does not follow from line {above.line}: {shown(missing)} is missing between them."
    )
