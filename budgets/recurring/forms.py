"""Forms of recurring items."""

from typing import Any

from django import forms

from accounts.models import User
from budgets.budget.forms import SUMS, IncomeForm, _amount
from budgets.models import PeriodType
from transactions.categories.fields import SubcategoryField
from wealthwise.core.fields import field_of
from wealthwise.core.two_tabs import TwoTabsForm


class RecurringIncomeForm(IncomeForm):
    period_type = forms.ChoiceField(label="In every new period of type", choices=PeriodType.choices)


class RecurringAllocationForm(TwoTabsForm, forms.Form):
    subcategory = SubcategoryField(empty_label="Choose a subcategory")
    amount = _amount(help_text=SUMS)
    period_type = forms.ChoiceField(label="In every new period of type", choices=PeriodType.choices)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = self.initial.get("subcategory")
        field_of(self, "subcategory", SubcategoryField).offer_all(user, kept=kept)

    def columns(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "subcategory_id": data["subcategory"].pk,
            "amount": data["amount"],
            "period_type": data["period_type"],
        }
