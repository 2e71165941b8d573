"""Forms of the ledger and its categories. They check what was typed; rules that need the database are services'."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q

from accounts.models import Account, User
from accounts.models.cached_user import account_names
from transactions.categories.fields import SubcategoryField
from transactions.ledger.merging import ChangedMeanwhile, RowState, Shown, load_shown
from transactions.ledger.services import Booking, TransferBooking, state_of
from transactions.models import Transaction
from transactions.models.cached_names import names_of
from transactions.rules.suggestions import Wanted
from transactions.tags.fields import TagsField
from wealthwise.core.days import today_of
from wealthwise.core.fields import AmountField, DayField, OwnField, field_of
from wealthwise.core.locales import show_day
from wealthwise.core.money import format_money, format_typed, parse_amount

CENT = Decimal("0.01")


class BookingForm(forms.Form):
    """What an expense, an income and a transfer have in common."""

    amount = AmountField(
        help_text="Sums work too, such as 800+45.",
        validators=[MinValueValidator(CENT, "The amount must be above zero.")],
    )
    description = forms.CharField(max_length=200)
    date = DayField()
    time = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    comment = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    tags = TagsField()
    shown = forms.CharField(max_length=5000, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, row: Transaction | None = None, **options: Any) -> None:
        self.user, self.row = user, row
        known = self._of_row(row) if row else {"date": today_of(user)}
        super().__init__(*args, **{**options, "initial": known | (options.get("initial") or {})})

    def _of_row(self, row: Transaction) -> dict[str, Any]:
        return {
            "amount": abs(row.amount),
            "description": row.description,
            "date": row.booked_on,
            "time": row.booked_time,
            "comment": row.comment,
            "tags": self._names_of(row.tag_ids or ()),
            "shown": self._state_of(row).dumped(),
        }

    def _names_of(self, tags: Iterable[int]) -> str:
        return ", ".join(self.known_tags[tag] for tag in tags if tag in self.known_tags)

    @cached_property
    def known_tags(self) -> dict[int, str]:
        return names_of(self.user).tags

    def _state_of(self, row: Transaction) -> RowState:
        return state_of(row)

    def clean_shown(self) -> Shown | None:
        """What the row said when the form was shown; of a new row, and of a form that does not say, None."""
        shown = load_shown(self.cleaned_data["shown"]) if self.row else None
        if shown and (shown["into"] is not None) != isinstance(self, TransferForm):
            self.add_error(None, "It was made a transfer, or is one no longer. Look at it again, then save.")
        return shown

    def ask_again(self, refusal: ChangedMeanwhile) -> None:
        """Show what others changed meanwhile: in the field where only they did, beside it where both did."""
        data, now = dict(self.data.items()), refusal.now
        for name in refusal.theirs:
            data.update(self._as_typed(name, now))
        data["shown"] = now.dumped()
        self.data = data
        for name in refusal.both:
            field = next(reversed(self._as_typed(name, now)))
            self.add_error(field, f"Meanwhile it became {self._in_words(name, now)}. Save again to keep your entry.")

    def _as_typed(self, name: str, now: RowState) -> dict[str, str]:
        """The fields that say the part ``name`` of a row, as they are typed; the last one is where it is told."""
        value = getattr(now, name)
        if name == "amount":
            sign = {"direction": "income" if now.amount > 0 else "expense"} if "direction" in self.fields else {}
            return {**sign, "amount": format_typed(abs(now.amount), self.user.currency)}
        if name == "tags":
            return {"tags": self._names_of(now.tags)}
        if name == "clock":
            return {"time": f"{value:%H:%M}" if value else ""}
        field = {"day": "date", "into": "target"}.get(name, name)
        if name == "account" and "source" in self.fields:
            field = "source"
        return {field: "" if value is None else str(value)}

    def _in_words(self, name: str, now: RowState) -> str:
        value, names = getattr(now, name), names_of(self.user)
        if name == "amount":
            return format_money(now.amount, self.user.currency)
        if name == "day":
            return show_day(now.day)
        if value in (None, "", ()):
            return "empty"
        if name == "tags":
            return f"“{self._names_of(now.tags)}”"
        known = {"account": names.accounts, "into": names.accounts, "subcategory": names.subcategories}.get(name, {})
        return f"“{known.get(value, value)}”"

    def offer_accounts(self, *names: str) -> None:
        """Open accounts, and the closed ones that the row is in already."""
        kept = self._accounts_of_row(self.row) if self.row else []
        known = [account for account in account_names(self.user) if account.is_active or account.id in kept]
        self.offered = len(known)
        for name in names:
            field_of(self, name, OwnField).offer(
                Account.objects.for_user(self.user).filter(Q(is_active=True) | Q(pk__in=kept)),
                [(account.id, account.name) for account in known],
            )

    def _accounts_of_row(self, row: Transaction) -> list[int]:
        return [row.account_id] if row.account_id else []

    @property
    def clock(self) -> datetime.time | None:
        """The time that was typed; seconds, which the field does not show, stay while the minute does."""
        typed: datetime.time | None = self.cleaned_data["time"]
        stored = self.row.booked_time if self.row else None
        return stored if typed and stored and typed == stored.replace(second=0, microsecond=0) else typed

    @property
    def moves(self) -> bool:
        """Whether the row gets another place in the list."""
        return self.row is None or (self.cleaned_data["date"], self.clock) != (
            self.row.booked_on,
            self.row.booked_time,
        )


def wanted_of(user: User, typed: Mapping[str, str]) -> Wanted | None:
    """What is known of an entry while it is typed, as far as it can be read; None without a description."""
    description = typed.get("description", "").replace("\0", "").strip()[:200]
    if not description:
        return None
    try:
        amount = abs(parse_amount(typed.get("amount", ""), user.currency))
    except ValueError:
        amount = None
    account, direction = typed.get("account", ""), typed.get("direction", "")
    mine = {account.id for account in account_names(user)}
    number = int(account) if account.isascii() and account.isdigit() and len(account) < 10 else 0
    is_out = direction == "expense" if direction in ("expense", "income") else None
    return Wanted(description, amount, number if number in mine else None, is_out)


class EntryForm(BookingForm):
    """An expense or an income."""

    direction = forms.ChoiceField(
        choices=[("expense", "Expense"), ("income", "Income")], widget=forms.RadioSelect, initial="expense"
    )
    account = OwnField(Account.objects.none(), required=False, empty_label="No account")
    subcategory = SubcategoryField(required=False, empty_label="Uncategorised")

    field_order = ["direction", "amount", "description", "date", "time", "account", "subcategory", "tags", "comment"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer_accounts("account")
        kept = self.row.subcategory_id if self.row else None
        field_of(self, "subcategory", SubcategoryField).offer_all(self.user, kept=kept)

    def _of_row(self, row: Transaction) -> dict[str, Any]:
        return super()._of_row(row) | {
            "direction": "income" if row.amount > 0 else "expense",
            "account": row.account_id,
            "subcategory": row.subcategory_id,
        }

    def booking(self) -> Booking:
        """What was entered, once the form is valid."""
        data = self.cleaned_data
        return Booking(
            amount=data["amount"],
            is_income=data["direction"] == "income",
            description=data["description"],
            day=data["date"],
            clock=self.clock,
            account=data["account"],
            subcategory=data["subcategory"],
            comment=data["comment"],
            tags=data["tags"],
        )


class TransferForm(BookingForm):
    """A transfer; ``row`` is either of its legs, ``other`` the opposite one."""

    source = OwnField(Account.objects.none(), label="From", empty_label="Choose an account")
    target = OwnField(Account.objects.none(), label="To", empty_label="Choose an account")

    field_order = ["amount", "source", "target", "date", "time", "description", "tags", "comment"]

    def __init__(self, *args: Any, other: Transaction | None = None, **options: Any) -> None:
        self.other = other
        super().__init__(*args, **options)
        self.fields["description"].initial = "Transfer"
        self.offer_accounts("source", "target")

    @property
    def is_short_of_accounts(self) -> bool:
        """Whether there are not two accounts to choose."""
        return self.offered < 2

    def _state_of(self, row: Transaction) -> RowState:
        return state_of(row, self.other)

    def _accounts_of_row(self, row: Transaction) -> list[int]:
        legs = [row, self.other] if self.other else [row]
        return [leg.account_id for leg in legs if leg.account_id]

    def _of_row(self, row: Transaction) -> dict[str, Any]:
        other = self.other.account_id if self.other else None
        sides = (row.account_id, other) if row.amount < 0 else (other, row.account_id)
        return super()._of_row(row) | {"source": sides[0], "target": sides[1]}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") and data.get("source") == data.get("target"):
            self.add_error("target", "Choose two different accounts.")
        return data

    def booking(self) -> TransferBooking:
        data = self.cleaned_data
        return TransferBooking(
            amount=data["amount"],
            source=data["source"],
            target=data["target"],
            description=data["description"],
            day=data["date"],
            clock=self.clock,
            comment=data["comment"],
            tags=data["tags"],
        )
