"""Rows that could not be read, typed by hand: each takes the place of its error."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator

from transactions.importing.formats.rows import DESCRIPTION_LENGTH, RowError, Statement, StatementRow
from transactions.importing.formats.text import clean_text
from wealthwise.core.fields import AmountField, DayField
from wealthwise.core.money import CENT

MOST_MENDED: Final = 500


def mended(statement: Statement, typed: Mapping[str, Sequence[str]]) -> Statement:
    """The statement with what was ``typed`` for errors, by their lines; rows stand as their lines do."""
    rows = [_row(error, typed[str(error.line)]) for error in statement.errors if str(error.line) in typed]
    if not rows:
        return statement
    errors = [error for error in statement.errors if str(error.line) not in typed]
    ordered = sorted([*statement.rows, *rows], key=lambda row: row.line)
    return replace(statement, rows=ordered, errors=errors, fingerprints=[])


def _row(error: RowError, typed: Sequence[str]) -> StatementRow:
    day, amount, description = typed
    return StatementRow(error.line, date.fromisoformat(day), Decimal(amount), description, "")


class MendForm(forms.Form):
    """What a row says that could not be read."""

    booked_on = DayField(label="Date")
    direction = forms.ChoiceField(
        choices=[("out", "Money out"), ("in", "Money in")], widget=forms.RadioSelect, initial="out"
    )
    amount = AmountField(validators=[MinValueValidator(CENT, "The amount must be above zero.")])
    description = forms.CharField(max_length=DESCRIPTION_LENGTH)
    line = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_of(line: int, text: str, typed: Sequence[str] | None) -> dict[str, Any]:
        """As it was typed before, else with what the file says as the description."""
        if typed is None:
            return {"line": line, "description": clean_text(text, DESCRIPTION_LENGTH)}
        day, amount, description = typed
        way = "in" if Decimal(amount) > 0 else "out"
        known = {"booked_on": date.fromisoformat(day), "amount": abs(Decimal(amount)), "direction": way}
        return {"line": line, "description": description, **known}

    def clean_description(self) -> str:
        text = clean_text(self.cleaned_data["description"], DESCRIPTION_LENGTH)
        if not text:
            raise forms.ValidationError("Say what it is.")
        return text

    def typed(self) -> list[str]:
        """For the batch: day, amount and description, once the form is valid."""
        data = self.cleaned_data
        amount = data["amount"] if data["direction"] == "in" else -data["amount"]
        return [data["booked_on"].isoformat(), f"{amount:.2f}", data["description"]]
