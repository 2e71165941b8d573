"""Form fields that every app uses."""

from decimal import Decimal
from typing import Any

from django import forms

from wealthwise.money import format_typed, parse_amount


class AmountField(forms.CharField):
    """An amount as people type it, sums included (`12.50+3`); cleans to a Decimal with two decimals.

    Read and shown in the habits (`wealthwise.locales`) of the person whose request this is.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return format_typed(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != initial
        except forms.ValidationError:
            return True

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_amount(text)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="amount") from error


class AccountNumberField(forms.CharField):
    """Accepts a whole account or card number and keeps its last four digits; the rest is never stored."""

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(max_length=50, widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not _last_four(text):
            raise forms.ValidationError("An account number has digits.", code="no_digits")
        return _last_four(text)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form that is shown again does not send the whole number back over the wire."""
        return _last_four(data or "") or data


def _last_four(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789")[-4:]
