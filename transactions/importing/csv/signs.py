"""Which way the money of a row goes: what the columns of a file as a whole say about their signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from transactions.importing.csv.headings import direction
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import Record
from transactions.importing.formats.rows import UnreadableValue
from transactions.importing.formats.text import clean_text
from transactions.importing.formats.values import printed, read_amount
from wealthwise.core.money import ZERO


@dataclass(frozen=True, slots=True)
class Signs:
    """``debit`` and ``credit`` are -1 where a minus is mere decoration in that column. ``unmarked`` is -1 where only
    money in is marked, by CR or a plus. ``flagged``: "flag" where the flag alone tells, "reversed" where a minus turns
    it round, "sign" where the sign tells. ``odd`` is how many rows are not as the rule says.
    """

    debit: int = 1
    credit: int = 1
    unmarked: int = 1
    flagged: str = "flag"
    odd: int = 0


def signs_of(records: Sequence[Record], layout: CsvLayout) -> Signs:
    """What the signs of a file mean, from all its rows."""
    if layout.amount_style == "in_out":
        debit, odd = _way_of_column(records, layout.debit_column, layout)
        credit, more = _way_of_column(records, layout.credit_column, layout)
        return Signs(debit=debit, credit=credit, odd=odd + more)
    if layout.amount_style == "flagged":
        flagged, odd = _way_of_flags(records, layout)
        return Signs(flagged=flagged, odd=odd)
    return Signs(unmarked=_way_of_unmarked(records, layout))


def _way_of_column(records: Sequence[Record], column: int | None, layout: CsvLayout) -> tuple[int, int]:
    """(-1 where most values of a column of money out, or in, have a minus; how many have the other sign)."""
    below = above = 0
    for record in records:
        try:
            value = value_of(record, column, layout)
        except UnreadableValue:
            continue
        below += value < 0
        above += value > 0
    return (-1, above) if below > above else (1, below)


def _way_of_unmarked(records: Sequence[Record], layout: CsvLayout) -> int:
    found = [each for record in records if (each := printed(record.cell(layout.amount_column)))]
    signs = {each.sign for each in found if each.number.strip("0.,")}
    return -1 if signs == {0, 1} else 1


def _way_of_flags(records: Sequence[Record], layout: CsvLayout) -> tuple[str, int]:
    ways = list[tuple[bool, bool]]()
    for record in records:
        try:
            value, way = value_of(record, layout.amount_column, layout), way_of(record, layout)
        except UnreadableValue:
            continue
        if value:
            ways.append((value < 0, way < 0))
    below = sum(is_below for is_below, _ in ways)
    agreeing = sum(is_below == is_out for is_below, is_out in ways)
    if not below or agreeing in (0, len(ways)):
        return "flag", 0
    if 2 * below < min(len(ways), 2 * sum(is_out for _, is_out in ways)):
        return "reversed", below
    return ("sign", len(ways) - agreeing) if 2 * agreeing > len(ways) else ("flag", agreeing)


def value_of(record: Record, column: int | None, layout: CsvLayout) -> Decimal:
    """The amount in a column as it is printed, zero for an empty cell."""
    text = record.cell(column)
    return read_amount(text, layout.decimal_separator, layout.thousands_separator) if text else ZERO


def way_of(record: Record, layout: CsvLayout) -> int:
    """-1 or 1 by the word in the flag column."""
    flag = record.raw(layout.flag_column)
    if layout.out_words and flag in layout.out_words:
        return -1
    if layout.in_words and flag in layout.in_words:
        return 1
    if way := direction(flag):
        return way
    raise UnreadableValue(f'"{clean_text(flag, 40)}" does not say whether this is a debit or a credit.')


def amount_of(record: Record, layout: CsvLayout, signs: Signs) -> Decimal:
    """The signed amount of a row, not yet rounded; negative is an expense. Raises UnreadableValue."""
    if layout.amount_style == "in_out":
        amount = _in_out(record, layout, signs)
    else:
        if not record.cell(layout.amount_column):
            raise UnreadableValue("The row has no amount.")
        amount = value_of(record, layout.amount_column, layout)
        if layout.amount_style == "flagged":
            amount = _flagged(amount, way_of(record, layout), signs)
        elif signs.unmarked < 0 and (found := printed(record.cell(layout.amount_column))) and not found.sign:
            amount = -amount
    amount = -amount if layout.invert else amount
    return amount if layout.fee_is_row else amount - fee_of(record, layout)


def fee_of(record: Record, layout: CsvLayout) -> Decimal:
    """What was taken off beside the amount, whatever its sign. Raises UnreadableValue."""
    return ZERO if layout.fee_column is None else abs(value_of(record, layout.fee_column, layout))


def _flagged(amount: Decimal, way: int, signs: Signs) -> Decimal:
    if signs.flagged == "sign":
        return amount
    return amount * way if signs.flagged == "reversed" else abs(amount) * way


def _in_out(record: Record, layout: CsvLayout, signs: Signs) -> Decimal:
    """Money in minus money out. A minus says nothing in a column where most have one."""
    debit = signs.debit * value_of(record, layout.debit_column, layout)
    credit = signs.credit * value_of(record, layout.credit_column, layout)
    if debit and credit:
        raise UnreadableValue("The row has both a debit and a credit.")
    if not record.cell(layout.debit_column) and not record.cell(layout.credit_column):
        raise UnreadableValue("The row has neither a debit nor a credit.")
    return credit - debit
