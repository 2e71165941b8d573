"""What the import pages show, as prepared strings: templates only loop."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.forms import Form
from django.urls import reverse

from transactions.importing.csv.guess import detect_layout
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import column_names, sample_rows
from transactions.importing.formats.rows import StatementError
from transactions.importing.formats.values import describe_date_format, fits_date, read_date
from transactions.importing.forms import LayoutForm, ReadingForm
from transactions.importing.preview import Preview
from transactions.models import ImportBatch, Subcategory, Transaction
from transactions.search.links import edit_url, list_url
from wealthwise.core.days import zone_of
from wealthwise.core.locales import show_count, show_day
from wealthwise.core.money import format_money

BATCHES_SHOWN = 20
ROWS_SHOWN = 50
ERRORS_SHOWN = 100
CELL = 80
_NEXT_STEP = {"uploaded": "transactions:import_check"}
_BADGES = {"uploaded": "badge-warn", "committed": "badge-good", "reverted": ""}
_ROLES = (
    ("date_column", "Date"),
    ("amount_column", "Amount"),
    ("debit_column", "Money out"),
    ("credit_column", "Money in"),
    ("flag_column", "Debit or credit"),
    ("description_columns", "Description"),
    ("comment_columns", "Comment"),
)


def day_in_words(day: date) -> str:
    return show_day(day)


def tone(amount: Decimal) -> str:
    return "income" if amount > 0 else "expense"


# --- the list of imports -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One import in the list; ``address`` is where it goes on."""

    id: int
    name: str
    detail: str
    state: str
    badge: str
    address: str
    is_waiting: bool
    is_committed: bool


def batch_lines(batches: Iterable[ImportBatch]) -> list[BatchLine]:
    return [
        BatchLine(
            id=batch.pk,
            name=batch.file_name,
            detail=_detail(batch),
            state=batch.get_state_display(),
            badge=_BADGES[batch.state],
            address=reverse(_NEXT_STEP.get(batch.state, "transactions:import_result"), args=[batch.pk]),
            is_waiting=batch.state == ImportBatch.State.UPLOADED,
            is_committed=batch.state == ImportBatch.State.COMMITTED,
        )
        for batch in batches
    ]


def _detail(batch: ImportBatch) -> str:
    zone = zone_of(batch.user)
    parts = [batch.account.name, day_in_words(batch.created_at.astimezone(zone).date())]
    if batch.state != ImportBatch.State.UPLOADED:
        parts.append(f"{show_count(batch.new_count)} added")
        parts.append(f"{show_count(batch.duplicate_count)} already there")
        parts.append(f"{show_count(batch.error_count)} with errors")
    return " · ".join(parts)


# --- the columns of a CSV ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Columns:
    """A CSV under one reading: names and first rows, and what the layout takes each column for."""

    layout: CsvLayout
    heads: list[tuple[str, str]]
    rows: list[list[str]]
    names: list[str]
    problem: str = ""

    def first_day(self) -> tuple[str, str]:
        """(the first date as it stands in the file, as it is understood); empty when it is no date."""
        column, style = self.layout.date_column, self.layout.date_format
        cells = [row[column] for row in self.rows if column < len(row)]
        text = next((cell for cell in cells if fits_date(cell, style)), "")
        return (text, show_day(read_date(text, style), "long")) if text else ("", "")


def columns_of(data: bytes, stored: CsvLayout, form: ReadingForm, *, guess: bool) -> Columns:
    """The file under what ``form`` asks for, else as stored; with ``guess``, other text is looked at afresh."""
    try:
        return _columns(data, _reading(data, stored, form, guess=guess))
    except StatementError as refusal:
        return replace(_columns(data, stored), problem=str(refusal))


def _reading(data: bytes, stored: CsvLayout, form: ReadingForm, *, guess: bool) -> CsvLayout:
    if not form.is_bound or not form.is_valid():
        return stored
    asked = form.cleaned_data
    is_other_text = (asked["delimiter"], asked["encoding"]) != (stored.delimiter, stored.encoding)
    if guess and is_other_text:
        return detect_layout(data, encoding=asked["encoding"], delimiter=asked["delimiter"])
    return replace(stored, **asked)


def _columns(data: bytes, layout: CsvLayout) -> Columns:
    names = column_names(data, layout)
    width = len(names)
    rows = [[cell[:CELL] for cell in row] + [""] * (width - len(row)) for row in sample_rows(data, layout)]
    heads = [(name, ", ".join(_roles_of(layout, column))) for column, name in enumerate(names)]
    return Columns(layout, heads, rows, names)


def _roles_of(layout: CsvLayout, column: int) -> list[str]:
    found = []
    for field, role in _ROLES:
        value = getattr(layout, field)
        if column == value or (isinstance(value, tuple) and column in value):
            found.append(role)
    return found


def configure_context(batch: ImportBatch, columns: Columns, reading: ReadingForm, form: LayoutForm) -> dict[str, Any]:
    text, meaning = columns.first_day()
    return {
        "batch": batch,
        "columns": columns,
        "reading": reading,
        "form": form,
        "is_remembered": bool(batch.layout.get("is_remembered")),
        "first_date": text,
        "first_day": meaning,
        "date_style": describe_date_format(columns.layout.date_format),
    }


# --- checking and the result -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of the file, or one that it became (with ``address``)."""

    line: int
    day: str
    description: str
    comment: str
    amount: str
    tone: str
    is_new: bool = True
    subcategory: str = ""
    address: str = ""


def check_context(batch: ImportBatch, found: Preview) -> dict[str, Any]:
    """Everything of the check page; the names of suggested subcategories are one statement."""
    currency = batch.user.currency
    new = [checked.row for checked in found.new_rows()]
    suggested = [pk for row in new if (pk := found.subcategory_of(row))]
    names = _names(batch, set(suggested))
    days = [checked.row.booked_on for checked in found.rows]
    return {
        "batch": batch,
        "counts": found.counts,
        "span": f"{day_in_words(min(days))} to {day_in_words(max(days))}" if days else "",
        "money_in": format_money(sum((row.amount for row in new if row.amount > 0), Decimal(0)), currency),
        "money_out": format_money(sum((row.amount for row in new if row.amount < 0), Decimal(0)), currency),
        "rows": [
            RowLine(
                line=checked.row.line,
                day=day_in_words(checked.row.booked_on),
                description=checked.row.description,
                comment=checked.row.comment,
                amount=format_money(checked.row.amount, currency),
                tone=tone(checked.row.amount),
                is_new=checked.is_new,
                subcategory=names.get(found.subcategory_of(checked.row), "") if checked.is_new else "",
            )
            for checked in found.rows[:ROWS_SHOWN]
        ],
        "row_count": len(found.rows),
        "errors": found.errors[:ERRORS_SHOWN],
        "notes": found.notes[:ERRORS_SHOWN],
        "suggested": len(suggested),
        "is_ambiguous": bool(batch.layout.get("ambiguous_dates")),
        "day_first": batch.layout.get("day_first"),
        "line_name": line_name(batch),
    }


def _names(batch: ImportBatch, ids: set[int]) -> dict[int | None, str]:
    if not ids:
        return {}
    mine = Subcategory.objects.for_user(batch.user).with_category().filter(pk__in=ids)
    return {subcategory.pk: f"{subcategory.category.name}: {subcategory.name}" for subcategory in mine}


def line_name(batch: ImportBatch) -> str:
    """What the number of a row counts: an OFX or CAMT file has no lines that mean anything to a person."""
    return "Entry" if batch.kind in ("ofx", "camt") else "Line"


def result_context(batch: ImportBatch) -> dict[str, Any]:
    """What an import left in the ledger: two statements, whatever its size."""
    mine = Transaction.objects.for_user(batch.user).filter(import_batch=batch)
    left = mine.count()
    return {
        "batch": batch,
        "left": left,
        "list_address": _list_address(batch) if left else "",
        "rows": _imported(batch, mine) if left else [],
        "errors": batch.errors[:ERRORS_SHOWN],
        "is_reverted": batch.state == ImportBatch.State.REVERTED,
        "line_name": line_name(batch),
    }


def _imported(batch: ImportBatch, mine: Any) -> list[RowLine]:
    zone, currency = zone_of(batch.user), batch.user.currency
    return [
        RowLine(
            line=0,
            day=day_in_words(row.transaction_date.astimezone(zone).date()),
            description=row.description,
            comment=row.comment,
            amount=format_money(row.amount, currency),
            tone=tone(row.amount),
            subcategory=row.subcategory.name if row.subcategory else "",
            address=edit_url(row.pk),
        )
        for row in mine.select_related("subcategory").newest_first()[:ROWS_SHOWN]
    ]


def _list_address(batch: ImportBatch) -> str:
    """The list, narrowed to what the import added."""
    return list_url(batch=batch.pk)


def refused(form: Form) -> int:
    """The status of a page with a form: 422 when what was sent was refused."""
    return 422 if form.is_bound and form.errors else 200
