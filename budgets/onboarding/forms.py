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
from budgets.periods.following import suggest_period
from budgets.periods.forms import KINDS, AskedDays, unusual_days
from transactions.categories.defaults import DEFAULT_CATEGORIES
from wealthwise.core.fields import AmountField, DayField
from wealthwise.core.locales import show_day
from wealthwise.core.money import ZERO
from wealthwise.core.periods import WEEKS, Cycle, PeriodRange, named_range, settled_cycle


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


class FirstPeriodForm(AskedDays):
    """Type and dates of the first period, filled in for today, and one income.

    The last day follows the type and the first day until it is typed.
    """

    period_type = forms.ChoiceField(
        label="How long is a period?", choices=list(KINDS.items()), initial=PeriodType.MONTHLY
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

    field_order = ("period_type", "start", "end", "keep_days")

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.suggested = {kind: suggest_period(kind, [], today).period for kind in KINDS}
        monthly = self.suggested[PeriodType.MONTHLY]
        self.initial.update(start=monthly.start, end=monthly.end)
        for kind, dates in self.suggested.items():
            self.fields["period_type"].widget.attrs |= {
                f"data-{kind}-start": dates.start.isoformat(),
                f"data-{kind}-end": dates.end.isoformat(),
            }

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        kind, start, end = data.get("period_type"), data.get("start"), data.get("end")
        if kind and start and end:
            followed = self._followed(kind, start, end)
            if followed.start == start and followed.end != end:
                self._show(followed)
            data |= {"start": followed.start, "end": followed.end}
            if followed.end < followed.start:
                self.add_error("end", "The last day is before the first.")
            else:
                self.ask_about(unusual_days(kind, *followed[1:], self._cycle()))
        if data.get("amount") and not data.get("income_name"):
            self.add_error("income_name", "Say where the income comes from.")
        return data

    def _followed(self, kind: str, start: date, end: date) -> PeriodRange:
        """The days, where the last one, or both, are still those that were filled in before."""
        filled_in = list(self.suggested.values())
        if kind != PeriodType.CUSTOM and (start, end) in [dates[1:] for dates in filled_in]:
            return self.suggested[kind]
        is_moved = end in [dates.end for dates in filled_in] and start not in [dates.start for dates in filled_in]
        if kind != PeriodType.CUSTOM and is_moved:
            return suggest_period(kind, [], start, first=start).period
        return named_range(start, end)

    def _show(self, days: PeriodRange) -> None:
        """Fill in the last day that belongs to the first, and ask whether that is meant."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # once posted it is a QueryDict
        self.data["end"] = days.end.isoformat()  # type: ignore[index]  # and its copy can be written
        whole = f"From {show_day(days.start, 'long')} on it ends on {show_day(days.end, 'long')}."
        self.add_error("end", f"{whole} That is filled in now: change it, or go on.")

    def _cycle(self) -> Cycle:
        """As months, quarters, years or weeks from the first day on."""
        data = self.cleaned_data
        return suggest_period(data["period_type"], [], data["start"], first=data["start"]).cycle

    def first_period(self) -> FirstPeriod:
        data = self.cleaned_data
        kind, start, end = data["period_type"], data["start"], data["end"]
        period_type = PeriodType.CUSTOM.value if kind in WEEKS else kind
        cycle = settled_cycle(period_type, start, end, self._cycle() if kind in WEEKS else None)
        return FirstPeriod(
            period_type=period_type,
            name=data["name"] or (cycle.named(start, end) if cycle else named_range(start, end)).name,
            start=start,
            end=end,
            cycle=cycle,
            income_name=data["income_name"],
            amount=data["amount"] or ZERO,
            is_recurring=data["is_recurring"],
        )
