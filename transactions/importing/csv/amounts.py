"""Which columns of a CSV are its amounts: by what their headings call them, and by what its balances prove."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, pairwise, permutations, product
from typing import Any, Final

from transactions.importing.csv.columns import ColumnTable
from transactions.importing.csv.headings import are_sure, direction
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import Record
from transactions.importing.csv.signs import amount_of, signs_of, value_of
from transactions.importing.formats.rows import UnreadableValue
from transactions.importing.formats.values import is_nothing, printed
from wealthwise.core.money import CENT

# So many ways to read a file are tried against its balances, on so many rows.
MOST_TRIED: Final = 60
ROWS_TRIED: Final = 120
# In so few rows, numbers of documents and branches agree with each other by chance.
FEWEST_PROVING: Final = 4


@dataclass(frozen=True, slots=True)
class AmountChoice:
    """One way to read the amounts, as arguments of `CsvLayout`. ``is_named``: a heading says so."""

    columns: dict[str, Any]
    is_named: bool

    def used(self) -> set[int]:
        return {column for column in self.columns.values() if type(column) is int}


def detect_amounts(table: ColumnTable, base: CsvLayout, *, is_card: bool) -> CsvLayout:
    """The layout with its columns of amounts: what the balances prove, else what headings name, else the only column.

    Where several columns could be it and nothing tells which, none is chosen, for a person to choose. What no heading
    names is never taken before what one does, and a balance is never taken at all.
    """
    choices = list(_choices(table, {base.date_column}))
    balances = _balances(table, {base.date_column})
    proven = _proven(table, base, choices, balances)
    if proven:
        return _with_direction(table, proven, is_card=is_card, is_proven=True)
    named = next((choice for choice in choices if choice.is_named), None)
    if any(choice.columns["amount_style"] == "in_out" and not choice.is_named for choice in choices[:2]):
        named = None
    chosen = named or _only(table, choices)
    layout = replace(base, **(chosen.columns if chosen else {}), is_guessed=chosen is not named)
    named_balances = [c for c in table.roles.get("balance", []) if c in balances]
    free = [c for c in named_balances if chosen is None or c not in chosen.used()]
    layout = replace(layout, balance_column=free[0] if free else None)
    return _with_direction(table, layout, is_card=is_card, is_proven=False)


def _only(table: ColumnTable, choices: Sequence[AmountChoice]) -> AmountChoice | None:
    """The one way to read a file whose headings say nothing: two columns that exclude each other, or a single one.

    People pay more often than they are paid: of two columns the fuller one is money out.
    """
    pairs = [choice for choice in choices if choice.columns["amount_style"] == "in_out"]
    if pairs:
        used = {frozenset(choice.used()) for choice in pairs}
        filled = {column: sum(_has_value(r, column) for r in table.sample) for pair in used for column in pair}
        return max(pairs, key=lambda choice: filled[choice.columns["debit_column"]]) if len(used) == 1 else None
    columns = {column for choice in choices if (column := choice.columns.get("amount_column")) is not None}
    with_decimals = {column for column in columns if table.has_decimals(column)} or columns
    if len(with_decimals) != 1:
        return None
    return next(choice for choice in choices if choice.columns.get("amount_column") in with_decimals)


def _choices(table: ColumnTable, taken: set[int]) -> Iterator[AmountChoice]:
    """All ways to read the amounts, the likelier first."""
    free = table.free_numeric(taken)
    named = {role: _usable(table, table.roles.get(role, []), free) for role in ("debit", "credit", "amount", "net")}
    flags = table.flags(taken)
    for debit, credit in product(named["debit"], named["credit"]):
        yield AmountChoice({"amount_style": "in_out", "debit_column": debit, "credit_column": credit}, is_named=True)
    unnamed = [c for c in free if not table.role(c)]
    if not named["amount"]:
        yield from _half_named(table, named, unnamed)
    for left, right in combinations(named["amount"], 2):
        if _exclude_each_other(table, left, right):
            yield from _either_way(left, right)
    for column in (*named["amount"], *named["net"]):
        yield from _of_one(table, column, flags, is_named=True)
    # What a heading calls the amount is that, even where its values are broken.
    if not any(named.values()):
        for column in [c for c in table.roles.get("amount", []) if c not in taken][:1]:
            yield from _of_one(table, column, flags, is_named=True)
    for column in (*named["debit"], *named["credit"]):
        yield from _of_one(table, column, flags, is_named=False)
    for left, right in (pair for pair in pairwise(sorted(unnamed)) if _exclude_each_other(table, *pair)):
        yield from _either_way(left, right)
    for column in unnamed:
        yield from _of_one(table, column, flags, is_named=False)


def _either_way(left: int, right: int) -> Iterator[AmountChoice]:
    """Two columns, of which nobody says which is money out."""
    for debit, credit in permutations((left, right)):
        yield AmountChoice({"amount_style": "in_out", "debit_column": debit, "credit_column": credit}, is_named=False)


def _half_named(table: ColumnTable, named: dict[str, list[int]], unnamed: Sequence[int]) -> Iterator[AmountChoice]:
    """Where one of two columns is named, the other is the one that is empty in its rows."""
    for role, other in (("debit", "credit"), ("credit", "debit")):
        if named[role] and not named[other]:
            known = named[role][0]
            for column in unnamed:
                if _exclude_each_other(table, known, column):
                    columns = {"amount_style": "in_out", f"{role}_column": known, f"{other}_column": column}
                    yield AmountChoice(columns, is_named=True)


def _of_one(
    table: ColumnTable, column: int, flags: Sequence[tuple[int, frozenset[str]]], *, is_named: bool
) -> Iterator[AmountChoice]:
    """One column of amounts: with a column of directions beside it, with its signs, and less the fees."""
    fees = [c for c in table.roles.get("fee", []) if c in table.numeric and c != column]
    has_signs = any(found.sign for value in table.values(column) if (found := printed(value)))
    of_flags = [_flagged(table, column, flag, words) for flag, words in flags if flag != column]
    signed = AmountChoice({"amount_style": "signed", "amount_column": column}, is_named=is_named)
    ways = [*(AmountChoice(each, is_named=is_named) for each in of_flags), signed]
    if has_signs and not any(_contradicts(table, choice) for choice in ways[:-1]):
        ways = [signed, *ways[:-1]]
    yield from ways
    for fee, way in product(fees, ways):
        yield AmountChoice({**way.columns, "fee_column": fee}, is_named=False)


def _flagged(table: ColumnTable, column: int, flag: int, words: frozenset[str]) -> dict[str, Any]:
    seen = table.marks(flag)
    explained = all(direction(value) == (-1 if value in words else 1) for value in seen)
    told: dict[str, Any] = {"out_words": None}
    if not words and not explained:
        told = {"out_words": ()}
    elif not explained:
        told = {"out_words": tuple(sorted(words)), "in_words": tuple(sorted(set(seen) - words))}
    return {"amount_style": "flagged", "amount_column": column, "flag_column": flag, **told}


def _contradicts(table: ColumnTable, choice: AmountChoice) -> bool:
    """Whether every flag, of words that are known, says the opposite of the sign beside it."""
    words = choice.columns["out_words"]
    if words == () or not are_sure(table.marks(choice.columns["flag_column"])):
        return False
    ways = list[bool]()
    for record in table.sample:
        found, flag = printed(record.cell(choice.columns["amount_column"])), record.raw(choice.columns["flag_column"])
        if found and flag:
            is_out = flag in words if words else direction(flag) < 0
            ways.append((found.sign < 0) == is_out)
    return bool(ways) and not any(ways)


def _usable(table: ColumnTable, columns: Sequence[int], free: Sequence[int]) -> list[int]:
    """Of the columns that a heading names, those that hold amounts or, failing that, nothing at all."""
    return sorted((c for c in columns if c in free or not table.values(c)), key=lambda c: c not in free)


def _exclude_each_other(table: ColumnTable, left: int, right: int) -> bool:
    """Whether rows fill one of two columns, zeros aside, and both are used: money out and money in."""
    filled = [(_has_value(r, left), _has_value(r, right)) for r in table.sample]
    used = [pair for pair in filled if any(pair)]
    return bool(used) and all(a != b for a, b in used) and len(set(used)) == 2 and len(used) * 2 > len(filled)


def _has_value(record: Record, column: int) -> bool:
    text = record.cell(column)
    return bool(text) and not is_nothing(text) and bool(text.strip("0.,$€£R+- "))


def _balances(table: ColumnTable, taken: set[int]) -> list[int]:
    """Columns that may be balances: those of that name, else any of amounts."""
    named = [c for c in table.roles.get("balance", []) if c in table.numeric]
    unnamed = [c for c in table.numeric if not table.role(c) and c not in taken]
    return named or unnamed


# --- proof by the balances -------------------------------------------------------------------------------------


def _proven(
    table: ColumnTable, base: CsvLayout, choices: Sequence[AmountChoice], balances: Sequence[int]
) -> CsvLayout | None:
    """The first way to read the amounts that leads from balance to balance in nearly all rows."""
    best: tuple[float, CsvLayout] | None = None
    is_short = len(table.records) <= FEWEST_PROVING and any(choice.is_named for choice in choices)
    for tried, (choice, balance) in enumerate(product(choices, balances)):
        if tried >= MOST_TRIED:
            break
        if balance in choice.used() or (is_short and not table.role(balance) and not _is_named_amount(table, choice)):
            continue
        for columns in _explained(table, choice.columns):
            layout = replace(base, **columns, balance_column=balance)
            may_be_owed = choice.is_named and layout.amount_style == "in_out"
            share = _agreement(table.records[:ROWS_TRIED], layout, may_be_owed=may_be_owed)
            if share > (best[0] if best else 0.79):
                best = (share, layout)
        if best and best[0] == 1 and choice.is_named:
            break
    return best[1] if best else None


def _is_named_amount(table: ColumnTable, choice: AmountChoice) -> bool:
    """Whether a heading calls one of its columns an amount, whatever it makes of them."""
    columns = (choice.columns.get(f"{name}_column") for name in ("amount", "debit", "credit"))
    return any(column is not None and table.role(column) for column in columns)


def _explained(table: ColumnTable, columns: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns, and where nobody knows which of two words is money out, both ways round."""
    if columns.get("out_words") != ():
        return [columns]
    seen = table.marks(columns["flag_column"])
    return [{**columns, "out_words": (one,), "in_words": (other,)} for one, other in permutations(seen, 2)]


def _agreement(records: Sequence[Record], layout: CsvLayout, *, may_be_owed: bool) -> float:
    """How many neighbours follow from each other, in the better of both orders; where the headings say what is out and
    what is in, also by a balance that is owed.
    """
    signs, rows = signs_of(records, layout), list[tuple[Decimal, Decimal] | None]()
    for record in records:
        try:
            balance = value_of(record, layout.balance_column, layout) if record.cell(layout.balance_column) else None
            rows.append(None if balance is None else (amount_of(record, layout, signs).quantize(CENT), balance))
        except UnreadableValue:
            rows.append(None)
    pairs = [(above, below) for above, below in pairwise(rows) if above and below]
    if not pairs or not any(above[0] for above, _ in pairs):
        return 0.0
    agreed = list[int]()
    for sign in (1, -1) if may_be_owed else (1,):
        agreed.append(sum(below[1] - above[1] == sign * below[0] for above, below in pairs))
        agreed.append(sum(above[1] - below[1] == sign * above[0] for above, below in pairs))
    return max(agreed) / len(pairs)


def _with_direction(table: ColumnTable, layout: CsvLayout, *, is_card: bool, is_proven: bool) -> CsvLayout:
    """On a card that prints its purchases without a minus, money in and out swapped; the page says so."""
    if not is_card or layout.amount_style != "signed" or layout.amount_column is None:
        return layout
    signs = signs_of(table.records, layout)
    ways = []
    for record in table.records:
        try:
            ways.append(amount_of(record, layout, signs) > 0)
        except UnreadableValue:
            continue
    return replace(layout, invert=bool(ways) and 2 * sum(ways) > len(ways))
