"""Form fields that every app uses."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from wealthwise.core.days import FIRST_DAY, LAST_DAY
from wealthwise.core.money import format_typed, parse_amount


def field_of[Kind: forms.Field](form: forms.BaseForm, name: str, kind: type[Kind]) -> Kind:
    """A field of ``form``, which is declared as one of ``kind``."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is no {kind.__name__}.")
    return field


class AmountField(forms.CharField):
    """An amount as users type it, sums included (`12.50+3`); cleans to a Decimal with two decimals.

    Read and shown in the habits (`wealthwise.core.locales`) of the user whose request this is.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return format_typed(value) if isinstance(value, Decimal) else value

    def plain(self, text: str) -> str:
        """``text`` as a field has an amount; as it is where it is none."""
        try:
            value = self.to_python(text)
        except forms.ValidationError:
            return text
        return str(self.prepare_value(value) or "")

    def _clean_bound_field(self, bound: Any) -> Any:
        """What was not touched stays, also with cents that the currency does not have since it was changed."""
        known = self.prepare_value(bound.initial)
        if not known or bound.data != known:
            return self.clean(bound.data)
        value = bound.initial if isinstance(bound.initial, Decimal) else parse_amount(known, "")
        self.run_validators(value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
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


class DayField(forms.DateField):
    """A day within the years that the ledger covers."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)
        self.validators += [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class OwnField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at runtime
    """A row of the user's own; what is not in the queryset that the form offers is not there."""

    default_error_messages: ClassVar = {"invalid_choice": "That is not one of yours."}

    def offer(self, rows: Any, choices: Iterable[Any]) -> None:
        """``rows`` decide what is valid when it is posted; ``choices`` are shown, without a statement."""
        self.queryset = rows
        none = [] if self.empty_label is None else [("", self.empty_label)]
        self.choices = [*none, *choices]
