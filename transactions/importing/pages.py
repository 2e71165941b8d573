"""What the import pages show."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min

from accounts.models.cached_user import account_names
from transactions.importing import readings, services
from transactions.importing.csv.guess import Given, detect_layout
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reader import parse_sheet
from transactions.importing.csv.records import Sheet, beginning, names_of, read, sample_of
from transactions.importing.formats.days import describe_date_format, fits_date, read_date
from transactions.importing.formats.rows import StatementError
from transactions.importing.forms import ReadingForm
from transactions.importing.preview import doubts
from transactions.importing.profiles.proposals import given_by
from transactions.models import ImportBatch, Transaction
from transactions.pairing.hints import find_of_import
from transactions.reconciling.pages import checks_by
from wealthwise.core.locales import counted

BATCHES_SHOWN = 20
ROWS_SHOWN = 50
ERRORS_SHOWN = 100
CELL = 80
DOUBTS_SHOWN = 12
GUESSED = (
    "No heading says which column is the amount, so it was taken by its values. Look at the rows: is each amount "
    "right, and is money out really money out?"
)
_LONG = "The file is long: what you see here is of its first {count}. The next page reads all of them."
_ROLES = (
    ("date_column", "Date"),
    ("amount_column", "Amount"),
    ("debit_column", "Money out"),
    ("credit_column", "Money in"),
    ("flag_column", "Debit or credit"),
    ("balance_column", "Balance"),
    ("fee_column", "Fee"),
    ("status_column", "State"),
    ("account_column", "Account"),
    ("currency_column", "Currency"),
    ("description_columns", "Description"),
    ("comment_columns", "Comment"),
    ("category_columns", "Category"),
    ("tag_columns", "Tags"),
)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A CSV under one reading: names and first rows, and what the layout takes each column for.

    ``doubts`` are what a person should look at before they go on, ``proof`` is what the balances of the file prove.
    """

    layout: CsvLayout
    sheet: Sheet
    heads: list[tuple[str, str]]
    rows: list[list[str]]
    names: list[str]
    doubts: list[str]
    proof: str = ""
    problem: str = ""

    def first_date(self) -> tuple[str, date] | None:
        """The first date as it stands in the file, and as it is understood; None where there is none."""
        column, style = self.layout.date_column, self.layout.date_format
        cells = (row[column] for row in self.rows if column < len(row))
        language, latest = self.layout.month_language, self.layout.latest_day
        last = date.fromisoformat(latest) if latest else None
        found = (cell for cell in cells if fits_date(cell, style, language=language))
        return next(((cell, read_date(cell, style, language=language, latest=last)) for cell in found), None)


def columns_of(batch: ImportBatch, stored: CsvLayout, form: ReadingForm, *, guess: bool) -> ColumnChoice:
    """The file under what ``form`` asks for, else as stored; with ``guess``, other text is looked at afresh."""
    given = given_by(batch.user, batch.account)
    data = beginning(readings.beginning_of(batch), stored.encoding)
    try:
        return _columns(batch, data, _reading(data, stored, form, given if guess else None))
    except StatementError as refusal:
        return replace(_columns(batch, data, stored), problem=str(refusal))


def _reading(data: bytes, stored: CsvLayout, form: ReadingForm, given: Given | None) -> CsvLayout:
    if not form.is_bound or not form.is_valid():
        return stored
    asked = form.cleaned_data
    is_other_text = (asked["delimiter"], asked["encoding"]) != (stored.delimiter, stored.encoding)
    if given and is_other_text:
        return detect_layout(data, encoding=asked["encoding"], delimiter=asked["delimiter"], given=given)
    is_moved = (asked["skip_lines"], asked["has_header"]) != (stored.skip_lines, stored.has_header)
    return replace(stored, **asked, last_line=0 if is_moved else stored.last_line)


def _columns(batch: ImportBatch, data: bytes, layout: CsvLayout) -> ColumnChoice:
    sheet = read(data, layout)
    names = names_of(sheet)
    width = len(names)
    rows = [[cell[:CELL] for cell in row] + [""] * (width - len(row)) for row in sample_of(sheet)]
    heads = [(name, ", ".join(_roles_of(layout, column))) for column, name in enumerate(names)]
    try:
        found = parse_sheet(sheet, layout)
    except StatementError as open_question:
        return ColumnChoice(layout, sheet, heads, rows, names, [str(open_question)])
    notes = [*doubts(batch.account, batch.user, found), *found.notes]
    said = [GUESSED] if layout.is_guessed else []
    said += [note.text for note in notes if not note.line]
    if readings.is_long(batch):
        said.append(_LONG.format(count=counted(len(found.rows), "row")))
    if found.errors:
        said.append(f"{counted(len(found.errors), 'row')} cannot be read so. The first: {found.errors[0].reason}")
    return ColumnChoice(layout, sheet, heads, rows, names, said[:DOUBTS_SHOWN], found.proof)


def _roles_of(layout: CsvLayout, column: int) -> list[str]:
    found = []
    for field, role in _ROLES:
        value = getattr(layout, field)
        if column == value or (isinstance(value, tuple) and column in value):
            found.append(role)
    return found


def configure_context(batch: ImportBatch, columns: ColumnChoice, reading: ReadingForm) -> dict[str, Any]:
    return {
        "batch": batch,
        "fits": services.fitting(batch=batch),
        "columns": columns,
        "reading": reading,
        "first_date": columns.first_date(),
        "date_style": describe_date_format(columns.layout.date_format),
    }


def line_name(batch: ImportBatch) -> str:
    """What the number of a row counts: an OFX or CAMT file has no lines that mean anything to a person."""
    return "Entry" if batch.kind in ("ofx", "camt") else "Line"


def result_context(batch: ImportBatch) -> dict[str, Any]:
    """What an import left in the ledger, and which of that may be transfers: three statements, whatever its size; two
    more for balances of its file.
    """
    mine = Transaction.objects.for_user(batch.user).filter(import_batch=batch)
    has_several = len(account_names(batch.user)) > 1
    left, first, last = mine.aggregate(left=Count("pk"), first=Min("booked_on"), last=Max("booked_on")).values()
    return {
        "transfers": find_of_import(batch.user, batch.pk, first, last) if left and has_several else None,
        "batch": batch,
        "left": left,
        "rows": list(mine.select_related("subcategory").newest_first()[:ROWS_SHOWN]) if left else [],
        "errors": batch.errors[:ERRORS_SHOWN],
        "line_name": line_name(batch),
        "checks": checks_by(batch) if batch.balances and batch.state == ImportBatch.State.COMMITTED else [],
    }


def revert_context(batch: ImportBatch) -> dict[str, Any]:
    """What a revert would take, and what it asks first."""
    return {"batch": batch, "found": services.handwork(batch=batch), "question": services.reconciled(batch=batch)}
