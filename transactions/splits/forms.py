"""The form of a split: what all of it says, and its parts below."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from django import forms

from accounts.models import Account, User
from transactions.categories.fields import SubcategoryField
from transactions.ledger.forms import CENT, BookingForm
from transactions.ledger.services import Booking
from transactions.models import Transaction
from transactions.splits.services import MOST, SplitPart, state_of
from transactions.tags.fields import TagsField
from wealthwise.core.fields import AmountField, OwnField, field_of
from wealthwise.core.money import ZERO, format_money, parse_amount

BLANK: Final = 2  # parts that are offered for a new split, beside the first
MORE: Final = 3  # and with each press of the button


class PartForm(forms.Form):
    """One part. One that is left empty is none."""

    use_required_attribute = False

    row = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    amount = AmountField(error_messages={"required": "Give this part an amount, or take it out."})
    subcategory = SubcategoryField(label="Category", required=False, empty_label="Uncategorised")
    comment = forms.CharField(max_length=500, required=False)
    tags = TagsField(help_text="")
    is_out = forms.BooleanField(label="Take out", required=False)

    def __init__(self, data: Any = None, *, user: User, kept: object = None, **options: Any) -> None:
        super().__init__(data, empty_permitted=True, **options)
        field_of(self, "subcategory", SubcategoryField).offer_all(user, kept=kept)

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount < CENT and not self.data.get(self.add_prefix("is_out")):
            raise forms.ValidationError("The amount must be above zero.", code="amount")
        return amount

    def is_part(self) -> bool:
        """Whether a valid one says that there is such a part."""
        return bool(self.cleaned_data.get("amount")) and not self.cleaned_data.get("is_out")

    def part(self) -> SplitPart:
        data = self.cleaned_data
        return SplitPart(
            id=data["row"],
            amount=data["amount"],
            subcategory=data["subcategory"],
            comment=data["comment"],
            tags=data["tags"] or (),
        )


class SplitForm(BookingForm):
    """What a row says, or all parts of its split together, and ``parts``."""

    comment: Any = None  # asked of each part
    tags: Any = None
    direction = forms.ChoiceField(choices=[("expense", "Expense"), ("income", "Income")], widget=forms.RadioSelect)
    account = OwnField(Account.objects.none(), required=False, empty_label="No account")

    field_order = ["direction", "amount", "description", "date", "time", "account"]

    def __init__(self, *args: Any, rows: list[Transaction], **options: Any) -> None:
        self.rows = rows
        super().__init__(*args, row=rows[0], **options)
        self.offer_accounts("account")

    @property
    def is_split(self) -> bool:
        return len(self.rows) > 1

    def _of_row(self, row: Transaction) -> dict[str, Any]:
        return {
            "direction": "income" if row.amount > 0 else "expense",
            "amount": abs(sum((each.amount for each in self.rows), ZERO)),
            "description": row.description,
            "date": row.booked_on,
            "time": row.booked_time,
            "account": row.account_id,
            "shown": state_of(user=self.user, row_id=row.pk),
        }

    def clean_shown(self) -> Any:
        return self.cleaned_data["shown"] or None

    @cached_property
    def parts(self) -> list[PartForm]:
        """Those that are there, then empty ones."""
        return [
            PartForm(
                self.data if self.is_bound else None,
                prefix=f"part-{number}",
                auto_id="id_%s",
                user=self.user,
                initial=initial,
                kept=initial.get("subcategory"),
            )
            for number, initial in enumerate(self._begun())
        ]

    def _begun(self) -> Iterable[dict[str, Any]]:
        there = [self._of_part(row) for row in self.rows]
        offered = len(there) + (1 if self.is_split else BLANK)
        if self.is_bound:
            sent = str(self.data.get("parts", ""))
            offered = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else offered
            offered += MORE if "more" in self.data else 0
        offered = max(len(there), min(offered, MOST))
        return [*there, *({} for _ in range(offered - len(there)))]

    def _of_part(self, row: Transaction) -> dict[str, Any]:
        """A row that is not split yet begins as the first part, its amount to be typed."""
        said = {"subcategory": row.subcategory_id, "comment": row.comment, "tags": self._names_of(row.tag_ids or ())}
        return said | {"row": row.pk, "amount": abs(row.amount) if self.is_split else None}

    def show_again(self, shown: str) -> None:
        """As typed, beside what the rows say now."""
        self.data = dict(self.data.items()) | {"shown": shown}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wrong = [part for part in self.parts if not part.is_valid()]
        if wrong:
            self.add_error(None, "Look at the parts below: something there is to be mended.")
        return data

    @property
    def rest(self) -> str:
        """What is left of the whole, in words, as far as the amounts can be read; see `rest_of`."""
        if not self.is_bound:
            return rest_of(self.user, self.initial["amount"], [part.initial.get("amount") for part in self.parts])[1]
        return rest_typed(self.user, self.data, len(self.parts))[1]

    def booking(self) -> Booking:
        """What all of it says, once the form is valid."""
        data = self.cleaned_data
        return Booking(
            amount=data["amount"],
            is_income=data["direction"] == "income",
            description=data["description"],
            day=data["date"],
            clock=self.clock,
            account=data["account"],
        )

    def said_parts(self) -> list[SplitPart]:
        return [part.part() for part in self.parts if part.is_part()]


def rest_typed(user: User, typed: Any, parts: int) -> tuple[Any, str]:
    """As `rest_of` from what a form sends."""
    amounts = [
        _amount(user, typed.get(f"part-{number}-amount", ""))
        for number in range(min(parts, MOST))
        if not typed.get(f"part-{number}-is_out")
    ]
    return rest_of(user, _amount(user, typed.get("amount", "")), amounts)


def rest_of(user: User, whole: Any, amounts: Iterable[Any]) -> tuple[Any, str]:
    """What is left of ``whole`` beside ``amounts``, None being none, with its sentence."""
    rest = (whole or ZERO) - sum((amount for amount in amounts if amount), ZERO)
    if not rest:
        return rest, "Nothing is left: the parts add up."
    said = format_money(abs(rest), user.currency)
    return rest, f"{said} left to give to a part." if rest > 0 else f"{said} too much in the parts."


def _amount(user: User, text: str) -> Any:
    try:
        return parse_amount(text, user.currency)
    except ValueError:
        return None
