"""Forms of periods."""

from datetime import date
from typing import Any, Final

from django import forms

from budgets.models import CycleKind, PeriodType
from wealthwise.core.fields import DayField
from wealthwise.core.locales import counted
from wealthwise.core.periods import CUSTOM, LAST, MONTHS, WEEKS, Cycle, calendar_cycle, cycle_of
from wealthwise.core.two_tabs import TwoTabsForm

# What a new period can be: a type, or a number of weeks, which is a custom one that goes on by the week.
KINDS: Final = {
    "monthly": "Monthly",
    "quarterly": "Quarterly",
    "yearly": "Yearly",
    "week": "Weekly",
    "two_weeks": "Every 2 weeks",
    "four_weeks": "Every 4 weeks",
    "custom": "Custom",
}
_NOUNS: Final = {"monthly": "a month", "quarterly": "a quarter", "yearly": "a year"}


def unusual_days(kind: str, start: date, end: date, cycle: Cycle | None = None) -> str:
    """What is odd about days of that kind, a type or a number of weeks, as a sentence; empty for nothing."""
    days = (end - start).days + 1
    if kind in WEEKS:
        odd, usual = days != WEEKS[kind], f"{KINDS[kind].lower()} means {WEEKS[kind]}"
    elif kind in MONTHS:
        whole = cycle if cycle and cycle.is_of_months else calendar_cycle(kind)
        odd = days < whole.shortest or days > 2 * whole.longest
        usual = f"{_NOUNS[kind]} has {whole.shortest} to {whole.longest}"
    else:
        return ""
    asked = f"These are {counted(days, 'day')}, and {usual}. Change them, or tick below that they are meant."
    return asked if odd else ""


class AskedDays(forms.Form):
    """A first and a last day; days that are odd for what they are called are asked about once, then kept."""

    keep_days = forms.BooleanField(label="Yes, these are the days", required=False, widget=forms.HiddenInput)

    def ask_about(self, sentence: str) -> None:
        if sentence and not self.cleaned_data.get("keep_days"):
            self.fields["keep_days"].widget = forms.CheckboxInput()
            self.add_error("end", sentence)


class PeriodForm(TwoTabsForm, AskedDays):
    """Name, type and days; the type is settled before the days are suggested, so a new period hides it."""

    name = forms.CharField(max_length=100)
    period_type = forms.ChoiceField(label="Type", choices=PeriodType.choices)
    start = DayField(label="First day")
    end = DayField(label="Last day", help_text="Both days are part of the period.")
    cycle = forms.ChoiceField(choices=CycleKind.choices, required=False, widget=forms.HiddenInput)
    cycle_anchor = DayField(required=False)

    field_order = ("name", "period_type", "start", "end", "keep_days")

    def __init__(self, *args: Any, is_new: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["cycle_anchor"].widget = forms.HiddenInput()
        if is_new:
            self.fields["period_type"].widget = forms.HiddenInput()
        else:
            del self.fields["cycle"], self.fields["cycle_anchor"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "period_type" not in data and self.fields["period_type"].widget.is_hidden:
            self.add_error(None, "Choose the type of the period.")
        start, end, kind = data.get("start"), data.get("end"), data.get("period_type")
        if not (start and end and kind):
            return data
        if end < start:
            self.add_error("end", "The end date is before the start date.")
        elif "cycle" in self.fields or (start, end) != (self.initial.get("start"), self.initial.get("end")):
            cycle = self.said_cycle()
            self.ask_about(unusual_days(cycle.kind if cycle and cycle.kind in WEEKS else kind, start, end, cycle))
        return data

    def said_cycle(self) -> Cycle | None:
        """How the period goes on, as the suggestion said; None where that cannot be."""
        data = self.cleaned_data
        kind, anchor = data.get("cycle"), data.get("cycle_anchor")
        if not kind or not anchor or (kind in (*WEEKS, CycleKind.DAYS) and data["period_type"] != CUSTOM):
            return None
        return cycle_of(kind, anchor, data["period_type"], data["start"], data["end"])

    def period(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in ("name", "period_type", "start", "end")}


class SuggestionForm(forms.Form):
    """What a suggestion depends on, from the URL; anything else there is ignored."""

    type = forms.ChoiceField(choices=list(KINDS.items()), required=False)
    first = DayField(label="Begins on", required=False)
    first_day = forms.ChoiceField(
        label="And again",
        required=False,
        choices=[
            ("", "on the same day of the month"),
            (str(LAST), "on the last day of the month"),
            (CycleKind.WORKING_DAY, "on the last working day"),
            *((str(day), f"on day {day}") for day in range(1, LAST)),
        ],
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    choice = forms.IntegerField(required=False, min_value=0, max_value=1)

    def asked(self, name: str) -> Any:
        self.errors  # noqa: B018 - cleans
        return self.cleaned_data.get(name)

    @property
    def kind(self) -> str:
        return self.asked("type") or PeriodType.MONTHLY.value
