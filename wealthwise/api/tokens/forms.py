"""What is said about a token when it is made."""

from typing import Final

from django import forms

from accounts.models import ApiToken

DAYS: Final = [(30, "30 days"), (90, "90 days"), (365, "a year")]


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What is it for?",
        max_length=100,
        help_text="Such as the name of the program, so that you know later what to take back.",
    )
    scope = forms.ChoiceField(
        label="What may it do?",
        choices=[("read", "Read everything that you have"), ("write", "Read, add, change and delete")],
        initial=ApiToken.Scope.READ,
        widget=forms.RadioSelect,
    )
    days = forms.TypedChoiceField(label="It ends after", choices=DAYS, coerce=int, initial=90)
