"""Rows that say what was there instead of what moved: balances, turnovers, what was carried over."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import Record, value_in
from transactions.importing.csv.running import RunningRow
from transactions.importing.formats.rows import StatementRow
from transactions.importing.formats.stock import has_stock_words, stock_words
from wealthwise.core.money import ZERO

# Fewer rows add up by chance: two equal coffees are each the sum of what is before.
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that is no booking, and why: ``stock`` by its words, ``sum`` by arithmetic, ``unbooked``."""

    line: int
    reason: Literal["stock", "sum", "unbooked"]
    record: Record


def stock_rows(
    rows: Sequence[StatementRow],
    records: Sequence[Record],
    words: Sequence[int],
    running: Sequence[RunningRow | None],
) -> list[LeftOut]:
    """The rows among those with a day and an amount that are no movements; ``words`` are what `words_in` each."""
    balances = {row.line: row.balance for row in running if row}
    sums = _sums(rows) if 1 in words else []
    found = list[LeftOut]()
    for n, (row, record) in enumerate(zip(rows, records, strict=True)):
        if words[n] == 2:
            found.append(LeftOut(row.line, "stock", record))
            continue
        beside = balances.get(row.line)
        neighbours = [rows[m].line for m in (n - 1, n + 1) if 0 <= m < len(rows) and rows[m].line != row.line]
        stands_still = beside is not None and any(balances.get(line) == beside for line in neighbours)
        is_whole = beside is not None and abs(row.amount) == abs(beside)
        if is_whole and stands_still and (words[n] or n > 0):
            found.append(LeftOut(row.line, "sum", record))
        elif words[n] and (is_whole or row.amount in sums[n]):
            found.append(LeftOut(row.line, "stock", record))
        elif n == len(rows) - 1 and n >= _FEWEST and beside is None and row.amount == sum_of(rows[:n]):
            found.append(LeftOut(row.line, "sum", record))
    return found


def words_in(record: Record, layout: CsvLayout) -> int:
    """How far a record speaks of what is there, beside its day and its amounts."""
    used = (layout.date_column, layout.amount_column, layout.debit_column, layout.credit_column, layout.balance_column)
    found = 0
    if not has_stock_words(record.text):
        return 0
    for column, cell in enumerate(record.cells):
        if cell and column not in used and (text := value_in(cell)):
            found = max(found, stock_words(text))
    return found


def sum_of(rows: Sequence[StatementRow]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)


def _sums(rows: Sequence[StatementRow]) -> list[set[Decimal]]:
    """What all rows above each one add up to: in all, in and out."""
    found, money_in, money_out = list[set[Decimal]](), ZERO, ZERO
    for row in rows:
        found.append({money_in + money_out, money_in, money_out, -money_out})
        money_in += max(row.amount, ZERO)
        money_out += min(row.amount, ZERO)
    return found
