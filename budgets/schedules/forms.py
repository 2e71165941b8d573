"""What a person says of something that is due again and again."""

from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator

from accounts.models import Account, User
from accounts.models.cached_user import account_names
from budgets.models import Schedule
from budgets.schedules.services import ScheduleTerms
from transactions.categories.fields import SubcategoryField
from wealthwise.core.fields import AmountField, DayField, OwnField, field_of
from wealthwise.core.money import CENT
from wealthwise.core.periods import LAST, LAST_WORKING, MONTHS, WEEKS, WORKING_DAY, Cycle, cycle_from
from wealthwise.core.two_tabs import TwoTabsForm

REPEATS: Final = [
    ("monthly", "Every month"),
    ("quarterly", "Every 3 months"),
    ("yearly", "Every year"),
    ("week", "Every week"),
    ("two_weeks", "Every 2 weeks"),
    ("four_weeks", "Every 4 weeks"),
]
ON: Final = [("day", "The same day of the month"), ("last", "Its last day"), ("working_day", "Its last working day")]
_LENGTH: Final = {length: kind for kind, length in MONTHS.items()}


class ScheduleForm(TwoTabsForm, forms.Form):
    direction = forms.ChoiceField(
        choices=[("expense", "Expense"), ("income", "Income")], initial="expense", widget=forms.RadioSelect
    )
    description = forms.CharField(
        max_length=200,
        help_text="As your transactions say it, whatever the case: it tells which one pays it.",
    )
    amount = AmountField(validators=[MinValueValidator(CENT, "The amount must be above zero.")])
    is_exact = forms.TypedChoiceField(
        label="The amount is",
        choices=[("1", "Always the same"), ("0", "About that, within a quarter")],
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )
    account = OwnField(Account.objects.none(), empty_label="Choose an account")
    subcategory = SubcategoryField(label="Category", required=False, empty_label="None")
    repeats = forms.ChoiceField(label="It comes", choices=REPEATS, initial="monthly")
    on = forms.ChoiceField(label="In months, on", choices=ON, required=False, initial="day")
    starts_on = DayField(
        label="From", help_text="Nothing is due before it, and weeks, months and years count from it."
    )

    def __init__(self, *args: Any, user: User, schedule: Schedule | None = None, **options: Any) -> None:
        self.schedule, known = schedule, _known(schedule) if schedule else {}
        super().__init__(*args, **{**options, "initial": known | (options.get("initial") or {})})
        kept = schedule.account_id if schedule else None
        offered = [account for account in account_names(user) if account.is_active or account.id == kept]
        field_of(self, "account", OwnField).offer(
            Account.objects.for_user(user).filter(pk__in=[account.id for account in offered]),
            [(account.id, account.name) for account in offered],
        )
        field_of(self, "subcategory", SubcategoryField).offer_all(user, kept=known.get("subcategory"))

    def clean_description(self) -> str:
        """Without white space that nobody sees: imported descriptions have none."""
        return " ".join(self.cleaned_data["description"].split())

    def terms(self) -> ScheduleTerms:
        """What was said, once the form is valid."""
        data = self.cleaned_data
        return ScheduleTerms(
            account_id=data["account"].pk,
            subcategory_id=data["subcategory"].pk if data["subcategory"] else None,
            description=data["description"],
            amount=data["amount"] if data["direction"] == "income" else -data["amount"],
            is_exact=data["is_exact"],
            cycle=self._cycle(),
            starts_on=data["starts_on"],
        )

    def _cycle(self) -> Cycle:
        repeats, on, first = (self.cleaned_data[name] for name in ("repeats", "on", "starts_on"))
        if repeats in WEEKS:
            return Cycle(repeats, first, WEEKS[repeats])
        day = {"last": LAST, "working_day": LAST_WORKING}.get(on)
        known = self.schedule
        if known and day is None and known.starts_on == first and _known(known)["on"] == "day":
            day = known.anchor.day  # from a short month on, its first day does not say it
        return cycle_from(repeats, first, day)


def _known(schedule: Schedule) -> dict[str, Any]:
    cycle = schedule.known_cycle
    on = "working_day" if cycle.kind == WORKING_DAY else "last" if cycle.anchor.day == LAST else "day"
    return {
        "direction": "income" if schedule.amount > 0 else "expense",
        "description": schedule.description,
        "amount": abs(schedule.amount),
        "is_exact": "1" if schedule.is_exact else "0",
        "account": schedule.account_id,
        "subcategory": schedule.subcategory_id,
        "repeats": _LENGTH[cycle.length] if cycle.is_of_months else cycle.kind,
        "on": on,
        "starts_on": schedule.starts_on,
    }
