"""Forms of periods."""

from typing import Any

from django import forms

from budgets.models import BudgetPeriod, PeriodType
from wealthwise.core.fields import DayField


class PeriodForm(forms.Form):
    """Name, type and days; the type is settled before the days are suggested, so a new period hides it."""

    name = forms.CharField(max_length=100)
    period_type = forms.ChoiceField(label="Type", choices=PeriodType.choices)
    start = DayField(label="First day")
    end = DayField(label="Last day", help_text="Both days are part of the period.")

    def __init__(self, *args: Any, is_new: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_new:
            self.fields["period_type"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", "The end date is before the start date.")
        if "period_type" not in data and self.fields["period_type"].widget.is_hidden:
            self.add_error(None, "Choose the type of the period.")
        return data


class SuggestionForm(forms.Form):
    """What a suggestion depends on, from the URL; anything else there is ignored."""

    type = forms.ChoiceField(choices=PeriodType.choices, required=False)
    first_day = forms.IntegerField(label="Begins on day", min_value=1, max_value=31, required=False)

    @property
    def period_type(self) -> str:
        self.errors  # noqa: B018 - cleans
        return self.cleaned_data.get("type") or PeriodType.MONTHLY

    @property
    def chosen_day(self) -> int | None:
        self.errors  # noqa: B018 - cleans
        return self.cleaned_data.get("first_day")


class PeriodDeleteForm(forms.Form):
    """``following`` is the period that can become active when the active one goes."""

    activate_next = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, following: BudgetPeriod | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if following:
            self.fields["activate_next"].label = f"Make “{following.name}” the active period"
        else:
            del self.fields["activate_next"]
