"""Forms of the accounts pages."""

from datetime import date
from typing import Any

from django import forms

from accounts.models import Account
from wealthwise.core.days import today_of
from wealthwise.core.fields import AccountNumberField, AmountField, DayField
from wealthwise.core.two_tabs import TwoTabsForm


class AccountForm(TwoTabsForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    number_last4 = AccountNumberField(
        label="Account number",
        required=False,
        help_text="Type all of it or its end: only the last four digits are kept.",
    )
    anchor_balance = AmountField(label="Balance", required=False, help_text="For what you owe, use a minus.")
    anchored_on = DayField(
        label="On",
        help_text="What your bank says was there at the end of that day. What you book for later days changes the "
        "balance; what you book up to that day explains how it came to be, and leaves it alone.",
    )

    class Meta:
        model = Account
        fields = ("name", "account_type", "bank_name", "number_last4", "anchor_balance", "anchored_on")

    def clean_anchor_balance(self) -> Any:
        return self.cleaned_data["anchor_balance"] or 0

    def clean_anchored_on(self) -> date:
        day: date = self.cleaned_data["anchored_on"]
        if day > today_of(self.instance.user):
            raise forms.ValidationError("That day is still to come: give a balance that the bank has told you.")
        return day


class CloseForm(forms.Form):
    """The balance that the user saw when they agreed to close an account; nothing for an empty one."""

    agreed = forms.DecimalField(required=False, max_digits=12, decimal_places=2)
