"""What the pages of balance checks ask."""

from datetime import date
from typing import Any

from django import forms

from accounts.models import User
from transactions.categories.fields import SubcategoryField
from wealthwise.core.days import today_of
from wealthwise.core.fields import AmountField, DayField, field_of


class BankSaysForm(forms.Form):
    """ "My bank says X at the end of DAY"."""

    stated = AmountField(label="My bank says", help_text="For what you owe, use a minus.")
    day = DayField(label="At the end of")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        self.today = today_of(user)
        options["initial"] = {"day": self.today} | (options.get("initial") or {})
        super().__init__(*args, **options)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError("That day is still to come: give a balance that the bank has told you.")
        return day


class CorrectionForm(forms.Form):
    """``seen`` is the difference that the user saw."""

    seen = forms.DecimalField(max_digits=13, decimal_places=2, widget=forms.HiddenInput)
    subcategory = SubcategoryField(required=False, empty_label="Uncategorised")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "subcategory", SubcategoryField).offer_all(user)
