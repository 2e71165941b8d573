"""Forms of the onboarding steps. The first step's is accounts.forms.AboutYouForm."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator
from django.forms.boundfield import BoundWidget

from accounts.models import Account
from budgets.models import PeriodType
from budgets.onboarding.services import FirstPeriod, NewAccount, NewCategory
from transactions.categories.defaults import DEFAULT_CATEGORIES
from wealthwise.core.fields import AmountField, DayField
from wealthwise.core.money import ZERO
from wealthwise.core.periods import named_range, period_containing


class NewAccountForm(forms.Form):
    """One row; without a name it is left out, as long as no balance was typed."""

    use_required_attribute = False

    name = forms.CharField(max_length=100, required=False)
    account_type = forms.ChoiceField(label="Type", choices=Account.Type.choices)
    balance = AmountField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        example = str(self.initial.get("example", "Another account"))
        self.fields["name"].widget.attrs["placeholder"] = example
        self.fields["balance"].widget.attrs["placeholder"] = "0"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("balance") and not data.get("name"):
            self.add_error("name", "Give the account a name.")
        return data

    def account(self) -> NewAccount | None:
        data = self.cleaned_data
        if not data.get("name"):
            return None
        return NewAccount(data["name"], data["account_type"], data["balance"] or ZERO)


class _Accounts(forms.BaseFormSet):  # type: ignore[type-arg]  # takes none at runtime
    def accounts(self) -> list[NewAccount]:
        return [account for form in self.forms if (account := form.account())]


AccountsFormSet = forms.formset_factory(NewAccountForm, formset=_Accounts, extra=0, max_num=20, absolute_max=20)
EXAMPLES: Final = [
    {"account_type": Account.Type.CHECKING, "example": "Everyday account"},
    {"account_type": Account.Type.SAVINGS, "example": "Savings"},
    {"account_type": Account.Type.CASH, "example": "Wallet"},
]


class CategoriesForm(forms.Form):
    """The defaults, ticked, and up to two categories of one's own."""

    use_required_attribute = False

    defaults = forms.MultipleChoiceField(
        label="Start with these",
        required=False,
        choices=[(default.name, default.name) for default in DEFAULT_CATEGORIES],
        initial=[default.name for default in DEFAULT_CATEGORIES],
        widget=forms.CheckboxSelectMultiple,
    )
    own_1 = forms.CharField(label="Your own category", max_length=100, required=False)
    own_1_subcategories = forms.CharField(label="Its subcategories", max_length=500, required=False)
    own_2 = forms.CharField(label="One more", max_length=100, required=False)
    own_2_subcategories = forms.CharField(label="Its subcategories", max_length=500, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["own_1"].widget.attrs["placeholder"] = "Pets"
        self.fields["own_1_subcategories"].widget.attrs["placeholder"] = "Food, Vet, Toys"

    def clean(self) -> dict[str, Any]:
        for number in (1, 2):
            names = self._names(number)
            if names and not self.cleaned_data.get(f"own_{number}"):
                self.add_error(f"own_{number}", "Give the category a name.")
            if any(len(name) > 100 for name in names):
                self.add_error(f"own_{number}_subcategories", "A name has at most 100 letters.")
        return self.cleaned_data

    def _names(self, number: int) -> list[str]:
        text = self.cleaned_data.get(f"own_{number}_subcategories") or ""
        return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))

    def own(self) -> list[NewCategory]:
        wanted = [(self.cleaned_data.get(f"own_{number}"), self._names(number)) for number in (1, 2)]
        return [NewCategory(name, subcategories) for name, subcategories in wanted if name]

    def offers(self) -> Iterator[tuple[BoundWidget, str]]:
        """Each default's checkbox with its label, and the subcategories that come with it."""
        for box, default in zip(self["defaults"], DEFAULT_CATEGORIES, strict=True):
            yield box, ", ".join(default.subcategories)


class FirstPeriodForm(forms.Form):
    """Type and dates of the first period, filled in for today, and one income."""

    period_type = forms.ChoiceField(
        label="How long is a period?", choices=PeriodType.choices, initial=PeriodType.MONTHLY
    )
    start = DayField(label="First day")
    end = DayField(label="Last day")
    name = forms.CharField(max_length=100, required=False, help_text="Left empty, it is named after its dates.")
    income_name = forms.CharField(label="Income", max_length=100, initial="Salary", required=False)
    amount = AmountField(
        label="Expected amount",
        required=False,
        help_text="After tax, for the whole period. Sums work too: 1200+350.",
        validators=[MinValueValidator(ZERO, "Income cannot be negative.")],
    )
    is_recurring = forms.BooleanField(label="Expect it in every period", required=False, initial=True)

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        monthly = period_containing(PeriodType.MONTHLY, today)
        self.initial.update(start=monthly.start, end=monthly.end)
        for period_type in (PeriodType.MONTHLY, PeriodType.QUARTERLY, PeriodType.YEARLY):
            dates = period_containing(period_type, today)
            self.fields["period_type"].widget.attrs |= {
                f"data-{period_type.value}-start": dates.start.isoformat(),
                f"data-{period_type.value}-end": dates.end.isoformat(),
            }

    def clean(self) -> dict[str, Any]:
        """Without JavaScript the dates stay those of a month when another type is chosen: they follow it then."""
        data = self.cleaned_data
        monthly = period_containing(PeriodType.MONTHLY, self.today)
        untouched = (data.get("start"), data.get("end")) == (monthly.start, monthly.end)
        if untouched and data.get("period_type") in (PeriodType.QUARTERLY, PeriodType.YEARLY):
            dates = period_containing(data["period_type"], self.today)
            data |= {"start": dates.start, "end": dates.end}
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", "The last day is before the first.")
        if data.get("amount") and not data.get("income_name"):
            self.add_error("income_name", "Say where the income comes from.")
        return data

    def first_period(self) -> FirstPeriod:
        data = self.cleaned_data
        return FirstPeriod(
            period_type=data["period_type"],
            name=data["name"] or _name(data["period_type"], data["start"], data["end"]),
            start=data["start"],
            end=data["end"],
            income_name=data["income_name"],
            amount=data["amount"] or ZERO,
            is_recurring=data["is_recurring"],
        )


def _name(period_type: str, start: date, end: date) -> str:
    """ "March 2026" for a whole pay cycle, the dates for any other range."""
    if period_type != PeriodType.CUSTOM:
        cycle = period_containing(period_type, start, start.day)
        if (cycle.start, cycle.end) == (start, end):
            return cycle.name
    return named_range(start, end).name
