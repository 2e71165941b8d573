"""What a person should look at before they believe how a CSV was read. Everything here is said, nothing is decided."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from transactions.importing.csv.headings import direction, roles_of
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reading import Reading
from transactions.importing.csv.records import Record, Sheet, names_of
from transactions.importing.csv.signs import Signs, value_of
from transactions.importing.csv.stock import LeftOut
from transactions.importing.formats.days import has_year, is_day
from transactions.importing.formats.months import language_name, languages_of
from transactions.importing.formats.rows import RowNote, StatementRow, UnreadableValue
from transactions.importing.formats.text import UNREADABLE, clean_text, last_four
from transactions.importing.formats.values import looks_like_amount, printed, style_of_numbers
from wealthwise.core.locales import counted
from wealthwise.core.money import ZERO, format_typed

_LINES = 8
_NAMED = 5


def doubts_of(reading: Reading, *, is_proven: bool) -> list[RowNote]:
    """All doubts about a file that was read, the gravest first; what its balances prove is not doubted."""
    sheet, layout, records = reading.sheet, reading.layout, reading.records
    said = [*_about_the_file(sheet, layout), *_about_sources(sheet, layout, records)]
    said += _about_mirrors(reading.rows)
    said += _about_left_out(reading.rows, reading.left_out, layout)
    if not is_proven:
        said += [*_about_unused(sheet, layout, records), *_about_marks(sheet, layout, records)]
    said += [*_about_signs(reading.signs, layout), *_about_days(sheet, layout), *_about_numbers(records, layout)]
    return [RowNote(0, text) for text in said]


def _about_the_file(sheet: Sheet, layout: CsvLayout) -> Iterator[str]:
    if not sheet.records:
        yield "There is no transaction in this file: no row stands below the names of its columns."
    if sheet.is_cut:
        yield "The file ends in the middle of its last line: it may be cut. Download it again."
    if sheet.mended:
        yield (
            "Amounts with a decimal comma were not in quotes. "
            f"They were put together in {_lines(sheet.mended)}: check them."
        )
    bad = sum(record.text.count(UNREADABLE) for record in sheet.records)
    if bad:
        yield f"{counted(bad, 'letter')} of this file could not be read. It may be written in another encoding."
    for line, title in sheet.others[:_NAMED]:
        yield (
            f"The names of the columns stand again in line {line}, below “{clean_text(_safe(title), 40)}”. If the "
            "rows there are of another account, take them out of the file and import them by themselves."
        )
    if layout.last_line or (layout.skip_lines > 0 and _other_table(sheet, layout)):
        yield "The file has several tables. Only one of them is read: import the file again for the others."


def _other_table(sheet: Sheet, layout: CsvLayout) -> bool:
    """Whether another heading stands among the rows."""
    return any(
        len(roles_of(record.cells)) >= 3 and not any(map(is_day, record.cells))
        for record in sheet.records
        if not re.search("[0-9]", record.text)
    )


def _about_sources(sheet: Sheet, layout: CsvLayout, records: Sequence[Record]) -> Iterator[str]:
    """Several accounts or currencies in one file."""
    roles = roles_of(sheet.heading)
    accounts = roles.get("account", []) if layout.account_column is None else [layout.account_column]
    currencies = roles.get("currency", [])[:1] if layout.currency_column is None else [layout.currency_column]
    for column in accounts:
        seen = Counter(value for record in records if (value := record.cell(column)))
        if 1 < len(seen) <= 50:
            names = ", ".join(clean_text(_safe(name), 30) for name, _ in seen.most_common(_NAMED))
            yield (
                f"The rows are of several accounts ({names}). Unless you say where each of them goes, which is asked "
                "behind the columns, all go into this one."
            )
            break
    codes = {value.upper() for record in records for column in currencies if (value := record.cell(column))}
    if len(codes) > 1:
        names = ", ".join(clean_text(code, 10) for code in sorted(codes)[:_NAMED])
        yield f"The amounts are in several currencies ({names}). They are recorded as they are, not converted."


def _about_mirrors(rows: Sequence[StatementRow]) -> Iterator[str]:
    """The same amounts in and out on the same days: both sides of transfers, which one account does not have."""
    seen = Counter((row.booked_on, row.amount) for row in rows)
    pairs = sum(min(times, seen[day, -amount]) for (day, amount), times in seen.items() if amount > 0)
    if pairs > 1 and 8 * pairs >= len(rows):
        yield (
            f"{counted(pairs, 'pair')} of rows of one day mirror each other, in and out of the same amount. They may "
            "be both sides of transfers: then the file is of several accounts, and belongs under “Move in from "
            "another application”."
        )


def _safe(name: str) -> str:
    """The name of an account; of a number no more than its end."""
    return f"...{last_four(name)}" if len(re.findall("[0-9]", name)) > 6 else name


def _about_left_out(rows: Sequence[StatementRow], left_out: Sequence[LeftOut], layout: CsvLayout) -> Iterator[str]:
    stock = [each.line for each in left_out if each.reason == "stock"]
    summed = [each.line for each in left_out if each.reason == "sum"]
    waiting = [each.line for each in left_out if each.reason == "unbooked"]
    if stock:
        yield f"Left out, as they say what was in the account and not what moved: {_lines(stock)}."
    if summed:
        yield f"Left out, as their amount is only what the rows around them add up to: {_lines(summed)}."
    if waiting:
        yield f"Left out, as they are not booked (pending, reverted or failed): {_lines(waiting)}."
    yield from _about_totals(rows, left_out, layout)


def _about_totals(rows: Sequence[StatementRow], left_out: Sequence[LeftOut], layout: CsvLayout) -> Iterator[str]:
    """A total that the file declares, where the rows do not add up to it."""
    money_in = sum((row.amount for row in rows if row.amount > 0), ZERO)
    money_out = sum((row.amount for row in rows if row.amount < 0), ZERO)
    for each in left_out:
        if each.reason != "stock" or not re.search(
            "tota|sum|gesamt|toplam|итого|合計|合计", each.record.text.casefold()
        ):
            continue
        for column in (layout.amount_column, layout.debit_column, layout.credit_column):
            try:
                declared = value_of(each.record, column, layout)
            except UnreadableValue:
                continue
            if declared and abs(declared) not in {abs(money_in + money_out), money_in, -money_out}:
                shown = format_typed(declared, "", groups=True)
                yield f"The file declares a total of {shown} in line {each.line}, and its rows do not add up to it."
                return


def _about_unused(sheet: Sheet, layout: CsvLayout, records: Sequence[Record]) -> Iterator[str]:
    """A column of two values that is not used, while no amount has a sign; and fees beside the amounts."""
    names = names_of(sheet)
    if layout.amount_style == "signed" and len(records) > 2:
        found = [each for record in records if (each := printed(record.cell(layout.amount_column)))]
        if found and not any(each.sign for each in found):
            for column in _two_valued(records, layout):
                values = " and ".join(f"“{clean_text(v, 20)}”" for v in dict.fromkeys(r.raw(column) for r in records))
                yield (
                    f"No amount has a sign, and the column “{names[column]}” has two values, {values}. "
                    "If they say debit and credit, choose it as that column."
                )
    fees = [c for c in roles_of(sheet.heading).get("fee", []) if c != layout.fee_column]
    for column in fees[:1]:
        if any(looks_like_amount(v) and v.strip("0.,+- ") for r in records if (v := r.cell(column))):
            yield (
                f"The column “{names[column]}” is not used. If it is taken off beside the amount, "
                "choose it as the fee."
            )


def _about_marks(sheet: Sheet, layout: CsvLayout, records: Sequence[Record]) -> Iterator[str]:
    """A column of debit and credit that is not needed, as the amounts have signs, and contradicts some of them."""
    if layout.amount_style != "signed":
        return
    for column in roles_of(sheet.heading).get("flag", []):
        told = [
            (found.sign < 0) == (way < 0)
            for record in records
            if (way := direction(record.raw(column))) and (found := printed(record.cell(layout.amount_column)))
        ]
        if 0 < (odd := told.count(False)) < len(told):
            yield f"{counted(odd, 'amount')} with another sign than the debit or credit mark: the sign was followed."


def _two_valued(records: Sequence[Record], layout: CsvLayout) -> Iterator[int]:
    used = {layout.date_column, layout.amount_column, layout.balance_column, *layout.description_columns}
    width = max((len(record.cells) for record in records), default=0)
    for column in range(width):
        if column not in used:
            seen = {record.raw(column) for record in records[:500]}
            if len(seen) == 2 and all(0 < len(value) <= 20 and not is_day(value) for value in seen):
                yield column


def _about_signs(signs: Signs, layout: CsvLayout) -> Iterator[str]:
    if signs.unmarked < 0:
        yield "Only money in is marked (by CR or a plus) in this file, so what has no mark is read as money out."
    if signs.odd and layout.amount_style == "in_out":
        what = counted(signs.odd, "amount")
        yield f"{what} in the columns of money out and in with another sign than the rest: read as taken back."
    elif signs.odd and signs.flagged == "sign":
        yield f"{counted(signs.odd, 'amount')} with another sign than the debit or credit mark: the sign was followed."
    elif signs.odd:
        yield f"{counted(signs.odd, 'amount')} with a minus beside a debit or credit mark: check them."


def _about_days(sheet: Sheet, layout: CsvLayout) -> Iterator[str]:
    if not has_year(layout.date_format):
        yield f"The days have no year: they are read as the last such days up to {layout.latest_day or 'today'}."
    if "%b" in layout.date_format:
        words = {
            word
            for record in sheet.records[:500]
            for word in re.findall(r"[^\W\d_]{3,}", record.cell(layout.date_column).casefold())[-1:]
        }
        languages = languages_of(words) if words else []
        if len(languages) > 1:
            names = " or ".join(language_name(language) for language in languages[:3])
            yield f"The names of the months mean others in other languages ({names}): check the days."


def _about_numbers(records: Sequence[Record], layout: CsvLayout) -> Iterator[str]:
    columns = (layout.amount_column, layout.debit_column, layout.credit_column, layout.balance_column)
    values = [value for record in records[:2000] for column in columns if (value := record.cell(column))]
    if style_of_numbers(values).is_doubtful:
        example = next(value for value in values if re.search("[.,][0-9]{3}", value))
        yield f"Amounts such as “{clean_text(example, 20)}” could be thousands, or have three decimals: check them."
    words = Counter(found.currency for value in values if (found := printed(value)) and found.currency)
    if len(words) > 1 or (words and 0 < sum(words.values()) < len(values) and not _is_balance_bare(layout)):
        names = ", ".join(clean_text(word, 10) for word, _ in words.most_common(_NAMED))
        yield f"Amounts have different words beside them ({names}): several currencies, or marks of debit and credit."


def _is_balance_bare(layout: CsvLayout) -> bool:
    return layout.balance_column is not None or layout.amount_style == "in_out"


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_LINES]))
    more = f" and {len(lines) - _LINES} more" if len(lines) > _LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
