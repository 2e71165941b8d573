"""Forms of the budget pages: they say the rules kindly that services and the database hold."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.http import QueryDict

from accounts.models import User
from budgets.budget.services import Forwarding
from budgets.budget.summary import BudgetLine, BudgetSummary
from budgets.models import CarryBasis, CarryBy, CarryOver
from wealthwise.core.fields import AmountField, field_of
from wealthwise.core.money import ZERO, format_money, parse_amount
from wealthwise.core.two_tabs import TwoTabsForm

SUMS = "Sums work too, such as 800+45."
MAX_DIGITS = 9  # of an id, so that it fits the column


def errors_of(form: forms.Form) -> str:
    """All that is wrong with a form that is not shown again, in one line."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _amount(**options: Any) -> AmountField:
    return AmountField(validators=[MinValueValidator(ZERO, "The amount cannot be below zero.")], **options)


class IncomeForm(TwoTabsForm, forms.Form):
    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"placeholder": "Salary"}))
    amount = _amount(help_text=SUMS)


class BroughtForwardForm(forms.Form):
    """``previous`` is the name of the period before, empty without one; ``lines`` are what its subcategories left."""

    carry_over = forms.ChoiceField(
        label="Carried over from the period before", choices=CarryOver.choices, widget=forms.RadioSelect
    )
    carry_by = forms.ChoiceField(label="Of", choices=CarryBy.choices, widget=forms.RadioSelect)
    carry_basis = forms.ChoiceField(label="Its income is", choices=CarryBasis.choices, widget=forms.RadioSelect)
    amount = AmountField(
        label="Amount on top", help_text="Such as what you had when you began. Below zero for a debt.", required=False
    )

    def __init__(self, *args: Any, previous: str, lines: list[BudgetLine], **options: Any) -> None:
        super().__init__(*args, **options)
        if previous:
            self.fields["carry_over"].label = f"Carried over from {previous}"
        choices = [("", "As chosen above"), *CarryOver.choices]
        self.lines = lines
        for line in lines:
            self.fields[f"roll_{line.id}"] = forms.ChoiceField(label=line.name, choices=choices, required=False)

    def clean_amount(self) -> Decimal:
        return self.cleaned_data["amount"] or ZERO

    def main_fields(self) -> list[Any]:
        return [self[name] for name in ("carry_over", "carry_by", "carry_basis", "amount")]

    def rolls(self) -> list[tuple[Any, BudgetLine]]:
        """The field of each subcategory, with what it had left in the period before."""
        return [(self[f"roll_{line.id}"], line) for line in self.lines]

    def forwarding(self) -> Forwarding:
        data = self.cleaned_data
        typed = {line.id: data[f"roll_{line.id}"] for line in self.lines if data[f"roll_{line.id}"]}
        is_by_subcategory = data["carry_by"] == CarryBy.SUBCATEGORY
        main = {name: data[name] for name in ("amount", "carry_over", "carry_by", "carry_basis")}
        return Forwarding(**main, policies=typed if is_by_subcategory else {})


class MoveMoneyForm(forms.Form):
    """Choices say what is left where, and are the user's own."""

    source = forms.TypedChoiceField(label="From", coerce=int, widget=forms.Select(attrs={"data-combo": "choose"}))
    target = forms.TypedChoiceField(label="To", coerce=int, widget=forms.Select(attrs={"data-combo": "choose"}))
    amount = AmountField(help_text=SUMS, validators=[MinValueValidator(Decimal("0.01"), "Move more than nothing.")])

    def __init__(self, *args: Any, summary: BudgetSummary, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        groups = [(group.name, group.lines) for group in summary.groups]
        budgeted = [(name, [line for line in lines if line.budgeted]) for name, lines in groups]
        for name, choices in (("source", budgeted), ("target", groups)):
            field_of(self, name, forms.ChoiceField).choices = _with_balances(choices, user.currency)
        self.has_source = any(lines for _, lines in budgeted)


Choices = list[tuple[str | int, str | list[tuple[int, str]]]]


def _with_balances(groups: list[tuple[str, list[BudgetLine]]], currency: str) -> Choices:
    def label(line: BudgetLine) -> str:
        return f"{line.name} ({format_money(abs(line.balance), currency)} {'over' if line.balance < 0 else 'left'})"

    chosen = [(name, [(line.id, label(line)) for line in lines]) for name, lines in groups if lines]
    return [("", "Choose a subcategory"), *chosen]


class LineForm(forms.Form):
    """The amount of one subcategory."""

    amount = _amount(label="Budgeted", help_text=SUMS)


class FillForm(forms.Form):
    """``choices`` are the ways to fill, each with what it would fill in, in words."""

    source = forms.ChoiceField(label="Fill in", widget=forms.RadioSelect)
    where = forms.ChoiceField(
        label="Where",
        choices=[("empty", "Only where nothing is budgeted"), ("all", "Everywhere, over what is budgeted now")],
        initial="empty",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "source", forms.ChoiceField).choices = choices


@dataclass(slots=True)
class TypedAmounts:
    """The budget table as it was posted: by subcategory id what was typed, what it means, what is wrong with it.

    A field ``amount-7`` that still says what ``was-7`` says was not touched and is left out, so that saving the
    table does not undo what was changed elsewhere since it was shown.
    """

    typed: dict[int, str] = field(default_factory=dict)
    amounts: dict[int, Decimal] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: QueryDict) -> "TypedAmounts":
        found = cls()
        for name in data:
            prefix, _, number = name.partition("-")
            is_amount = prefix == "amount" and number.isdecimal() and len(number) <= MAX_DIGITS
            if is_amount and data[name] != data.get(f"was-{number}"):
                found._take(int(number), str(data[name]))
        return found

    def _take(self, subcategory_id: int, text: str) -> None:
        self.typed[subcategory_id] = text
        try:
            amount = parse_amount(text) if text.strip() else ZERO
        except ValueError as error:
            self.errors[subcategory_id] = str(error)
            return
        if amount < 0:
            self.errors[subcategory_id] = "The amount cannot be below zero."
        else:
            self.amounts[subcategory_id] = amount
