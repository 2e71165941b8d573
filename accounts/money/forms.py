"""Forms of the accounts pages."""

from typing import Any

from django import forms

from accounts.models import Account
from wealthwise.core.fields import AccountNumberField, AmountField


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    number_last4 = AccountNumberField(
        label="Account number",
        required=False,
        help_text="Type all of it or its end: only the last four digits are kept.",
    )
    opening_balance = AmountField(
        required=False,
        help_text="What was there before your first transaction here. For what you owe, use a minus.",
    )

    class Meta:
        model = Account
        fields = ("name", "account_type", "bank_name", "number_last4", "opening_balance")

    def clean_opening_balance(self) -> Any:
        return self.cleaned_data["opening_balance"] or 0


class CloseForm(forms.Form):
    """The balance that the user saw when they agreed to close an account; nothing for an empty one."""

    agreed = forms.DecimalField(required=False, max_digits=12, decimal_places=2)
