"""The check page: every row of a waiting file with what becomes of it, and the forms by which that is decided."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from transactions.importing import balances
from transactions.importing.draft.edits import Identity, Listed
from transactions.importing.draft.forms import ROWS_SHOWN, AllRowsForm, Choices, RowForm, RowsForm
from transactions.importing.draft.merging import RowShown
from transactions.importing.formats.rows import RowError, RowNote
from transactions.importing.forms import EncodingForm
from transactions.importing.pages import ERRORS_SHOWN, GUESSED, line_name
from transactions.importing.preview import CheckedRow, Preview
from transactions.models import ImportBatch
from wealthwise.core.money import ZERO


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the page; ``form`` is None where the ledger has it, and nothing is left to decide.

    ``rule_id`` is the rule by which its category is suggested.
    """

    checked: CheckedRow
    form: RowForm | None
    rule_id: int | None


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A page of the rows of a file, or of its errors."""

    listed: Listed
    number: int
    rows: list[ShownRow]
    errors: list[RowError]
    total: int

    @property
    def first(self) -> int:
        return (self.number - 1) * ROWS_SHOWN + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) + len(self.errors) - 1

    def query(self, show: str | None = None, number: int = 1) -> str:
        """The end of the address of another page: of these rows, or of all those of a status."""
        asked = {"show": self.listed.show if show is None else show, "text": self.listed.text, "page": number}
        return "?" + urlencode({name: value for name, value in asked.items() if value not in ("", 1)})

    @property
    def here(self) -> str:
        return self.query(number=self.number)


def rows_page(found: Preview, asked: RowsForm, choices: Choices, sent: Mapping[Identity, RowForm]) -> RowsPage:
    """The page that was asked for, or the last one before it; rows that came back show what was typed."""
    listed = asked.listed
    errors = found.errors if listed.show == "error" else []
    rows = [] if listed.show == "error" else found.listed(listed)
    total = len(rows) + len(errors)
    number = min(asked.number, max(-(-total // ROWS_SHOWN), 1))
    here = slice((number - 1) * ROWS_SHOWN, number * ROWS_SHOWN)
    forms = [None if row.is_known else sent.get(row.identity) or _form(found, row, choices) for row in rows[here]]
    proposed = [None if row.is_known else found.proposed(row) for row in rows[here]]
    rules = [each.rule_id if each else None for each in proposed]
    shown = [ShownRow(*each) for each in zip(rows[here], forms, rules, strict=True)]
    return RowsPage(listed, number, shown, errors[here], total)


def _form(found: Preview, checked: CheckedRow, choices: Choices) -> RowForm:
    row, account = checked.booking, checked.edit.account or choices.account
    shown = RowShown(checked.is_new, found.filed(checked), account, row.booked_on, row.description)
    return RowForm(checked.identity, shown, choices=choices)


def check_context(
    batch: ImportBatch,
    found: Preview,
    asked: RowsForm,
    *,
    choices: Choices,
    sent: Mapping[Identity, RowForm] | None = None,
    all_rows: AllRowsForm | None = None,
) -> dict[str, Any]:
    """Everything of the check page; balances are two statements at most."""
    new = found.new_rows
    days = [checked.booking.booked_on for checked in new] or [checked.row.booked_on for checked in found.rows]
    guessed = [RowNote(0, GUESSED)] if batch.layout.get("is_guessed") else []
    page = rows_page(found, asked, choices, sent or {})
    return {
        "batch": batch,
        "counts": found.counts,
        "left_out": found.left_out,
        "first_day": min(days, default=None),
        "last_day": max(days, default=None),
        "money_in": sum((each.row.amount for each in new if each.row.amount > 0), ZERO),
        "money_out": sum((each.row.amount for each in new if each.row.amount < 0), ZERO),
        "rows_page": page,
        "filters": _filters(found, page.listed),
        "row_count": len(found.rows),
        "deleted": len(found.deleted),
        "matched_count": len(found.matched),
        "filed_count": sum(found.filed(each) is not None for each in new),
        "errors": [] if page.listed.show == "error" else found.errors[:ERRORS_SHOWN],
        "notes": [*guessed, *found.notes[:ERRORS_SHOWN]],
        "proof": found.statement.proof,
        "choices": choices,
        "all_rows": all_rows or AllRowsForm(choices=choices),
        "encoding": EncodingForm(initial={"encoding": batch.layout.get("encoding", "")}),
        "is_ambiguous": bool(batch.layout.get("ambiguous_dates")),
        "day_first": batch.layout.get("day_first"),
        "line_name": line_name(batch),
        "comparison": balances.compare(batch.account, found.statement, found),
        "reconciled": _reconciled(batch, found),
    }


def _filters(found: Preview, listed: Listed) -> list[tuple[str, Any, int]]:
    """The kinds of rows that the file has, with how many it has of each."""
    counts = Counter(checked.status for checked in found.rows)
    counts["error"], counts[""] = len(found.errors), len(found.rows)
    return [(show, label, counts[show]) for show, label in RowsForm.SHOWN if counts[show] or show == listed.show]


def _reconciled(batch: ImportBatch, found: Preview) -> date | None:
    """The day up to which the account agrees with its bank, when new rows would come among those days."""
    account = batch.account
    day = account.reconciled_to
    mine = (new for new in found.new_rows if new.edit.account in (None, account.pk))
    return day if day and any(account.anchored_on < new.booking.booked_on <= day for new in mine) else None
