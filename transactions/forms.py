"""Forms of the ledger and its categories. They check what was typed; rules that need the database are services'."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q

from accounts.fields import AmountField
from accounts.models import Account, User
from accounts.person import account_names
from accounts.zones import zone_of
from transactions.models import Category, Subcategory, Transaction
from transactions.moments import FIRST_DAY, LAST_DAY, moment_of, today_of
from transactions.names import names_of
from transactions.services import Booking, TransferBooking

CENT = Decimal("0.01")


class DayField(forms.DateField):
    """A day within the years that the ledger covers."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)
        self.validators += [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


class OwnField(forms.ModelChoiceField):
    """A row of the person's own; what is not in the queryset that the form offers is not there."""

    default_error_messages: ClassVar = {"invalid_choice": "That is not one of yours."}

    def offer(self, rows: Any, choices: Iterable[Any]) -> None:
        """``rows`` decide what is valid when it is posted; ``choices`` are shown, without a statement."""
        self.queryset = rows
        none = [] if self.empty_label is None else [("", self.empty_label)]
        self.choices = [*none, *choices]


class SubcategoryField(OwnField):
    """A subcategory, grouped by category. The form says whose."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Subcategory.objects.none(), **options)

    def offer_all(self, user: User, *, but: Collection[int] = ()) -> None:
        """Those of ``user``, apart from the ids in ``but``."""
        groups = [
            (category, [choice for choice in subcategories if choice[0] not in but])
            for category, subcategories in names_of(user).grouped()
        ]
        self.offer(Subcategory.objects.for_user(user).exclude(pk__in=but), [group for group in groups if group[1]])


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

    def __init__(self, *args: Any, user: User, row: Transaction | None = None, **options: Any) -> None:
        self.user, self.row, self.zone = user, row, zone_of(user)
        known = self._of_row(row) if row else {"date": today_of(user)}
        super().__init__(*args, **{**options, "initial": known | (options.get("initial") or {})})

    def _of_row(self, row: Transaction) -> dict[str, Any]:
        local = row.transaction_date.astimezone(self.zone)
        return {
            "amount": abs(row.amount),
            "description": row.description,
            "date": local.date(),
            "time": None if local.time() == time(12) else local.time(),
            "comment": row.comment,
        }

    def offer_accounts(self, *names: str) -> None:
        """Open accounts, and the closed ones that the row is in already."""
        kept = self._accounts_of_row(self.row) if self.row else []
        known = [account for account in account_names(self.user) if account.is_active or account.id in kept]
        for name in names:
            field: Any = self.fields[name]
            field.offer(
                Account.objects.for_user(self.user).filter(Q(is_active=True) | Q(pk__in=kept)),
                [(account.id, account.name) for account in known],
            )

    def _accounts_of_row(self, row: Transaction) -> list[int]:
        return [row.account_id] if row.account_id else []

    def moment(self) -> datetime:
        """When it was booked. The stored moment stays, seconds and all, while neither day nor minute changes."""
        day: date = self.cleaned_data["date"]
        clock: time | None = self.cleaned_data["time"]
        if self.row:
            stored = self.row.transaction_date.astimezone(self.zone)
            if day == stored.date() and (clock is None or clock == stored.time().replace(second=0, microsecond=0)):
                return self.row.transaction_date
        return moment_of(day, clock, self.zone)


class EntryForm(BookingForm):
    """An expense or an income."""

    direction = forms.ChoiceField(
        choices=[("expense", "Expense"), ("income", "Income")], widget=forms.RadioSelect, initial="expense"
    )
    account = OwnField(Account.objects.none(), required=False, empty_label="No account")
    subcategory = SubcategoryField(required=False, empty_label="Uncategorised")

    field_order = ["direction", "amount", "description", "date", "time", "account", "subcategory", "comment"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer_accounts("account")
        self.fields["subcategory"].offer_all(self.user)  # type: ignore[attr-defined]

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
            moment=self.moment(),
            account=data["account"],
            subcategory=data["subcategory"],
            comment=data["comment"],
        )


class TransferForm(BookingForm):
    """A transfer; ``row`` is either of its legs, ``other`` the opposite one."""

    source = OwnField(Account.objects.none(), label="From", empty_label="Choose an account")
    target = OwnField(Account.objects.none(), label="To", empty_label="Choose an account")

    field_order = ["amount", "source", "target", "date", "time", "description", "comment"]

    def __init__(self, *args: Any, other: Transaction | None = None, **options: Any) -> None:
        self.other = other
        super().__init__(*args, **options)
        self.fields["description"].initial = "Transfer"
        self.offer_accounts("source", "target")

    @property
    def is_short_of_accounts(self) -> bool:
        """Whether there are not two accounts to choose."""
        return len(list(self.fields["source"].choices)) < 3  # type: ignore[attr-defined]

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
            moment=self.moment(),
            comment=data["comment"],
        )


class CategoryForm(forms.Form):
    name = forms.CharField(max_length=100)
    kind = forms.ChoiceField(choices=Category.Kind.choices, help_text="Money into an expense category is a refund.")


class SubcategoryForm(forms.Form):
    name = forms.CharField(max_length=100)
    category = OwnField(Category.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        known = names_of(user).categories.items()
        self.fields["category"].offer(Category.objects.for_user(user), known)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where what is filed under something that will be deleted goes; the service says when that is needed."""

    target = SubcategoryField(label="Move everything to", empty_label="Choose a subcategory", required=False)

    def __init__(self, *args: Any, user: User, leaving: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["target"].offer_all(user, but=leaving)  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """The subcategory that another one goes into."""

    target = SubcategoryField(label="Merge into", empty_label="Choose a subcategory")

    def __init__(self, *args: Any, user: User, leaving: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["target"].offer_all(user, but=[leaving])  # type: ignore[attr-defined]


class MergeCategoryForm(forms.Form):
    """The category, of the same kind, that another one goes into."""

    target = OwnField(Category.objects.none(), label="Merge into", empty_label="Choose a category")

    def __init__(self, *args: Any, user: User, leaving: Category, **options: Any) -> None:
        super().__init__(*args, **options)
        others = Category.objects.for_user(user).filter(kind=leaving.kind).exclude(pk=leaving.pk)
        self.fields["target"].queryset = others  # type: ignore[attr-defined]
