"""Forms of the accounts and settings pages, and of onboarding's first step."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from accounts.models import USERNAME_PATTERN, User
from accounts.people.choices import (
    COUNTRIES,
    CURRENCIES,
    IDLE_MINUTES,
    NOT_KEPT,
    SESSION_DAYS,
    currency_of_country,
    time_zones,
    zone_of_country,
)
from wealthwise.core.fields import field_of
from wealthwise.core.two_tabs import TwoTabsForm

ERASE_PHRASE = "delete my account"


class _PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """Country, currency and zone as lists; a value that is not in its list stays choosable."""

    country = forms.ChoiceField(required=False)
    currency = forms.ChoiceField(
        help_text="All amounts are shown in this currency. Changing it converts nothing: every figure stays as it is. "
        f"Amounts are kept to the cent, so currencies with three decimals ({', '.join(NOT_KEPT)}) are not offered."
    )
    time_zone = forms.ChoiceField(help_text="Decides which day and month a transaction belongs to.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"country": [("", "Not said"), *COUNTRIES], "currency": CURRENCIES, "time_zone": time_zones()}
        for name, choices in offered.items():
            current = getattr(self.instance, name)
            missing = [] if current in dict(choices) else [(current, current)]
            field_of(self, name, forms.ChoiceField).choices = [*missing, *choices]


class AboutYouForm(_PersonForm):
    """Onboarding's first step."""

    class Meta:
        model = User
        fields = ("preferred_name", "country", "currency", "time_zone")
        help_texts: ClassVar = {"preferred_name": "What we call you."}

    @staticmethod
    def of_country(data: QueryDict) -> dict[str, str]:
        """What the form says when a country was just chosen: its currency, and its time zone where it has one."""
        country = data.get("country", "")
        if country not in dict(COUNTRIES):
            return {}
        return {
            "country": country,
            "currency": currency_of_country(country, data.get("currency", "")),
            "time_zone": zone_of_country(country, data.get("time_zone", "")),
        }


def _limit(label: str, choices: list[tuple[int, str]], none: str) -> forms.TypedChoiceField:
    """One of some numbers, or nothing for no limit."""
    return forms.TypedChoiceField(
        label=label, choices=[("", none), *choices], coerce=int, empty_value=None, required=False
    )


class ProfileForm(TwoTabsForm, _PersonForm):
    idle_minutes = _limit("Sign me out when I did nothing for", IDLE_MINUTES, "no limit")
    session_days = _limit("Sign me out at the latest after", SESSION_DAYS, "two weeks")

    class Meta:
        model = User
        fields = (
            "first_name", "last_name", "preferred_name", "country", "currency", "time_zone", "theme", "idle_minutes",
            "session_days",
        )  # fmt: skip
        help_texts: ClassVar = {"preferred_name": "What we call you."}


class UsernameForm(forms.Form):
    username = forms.CharField(
        max_length=20,
        help_text="3 to 20 letters, digits and underscores. You sign in with it or with your email address.",
        validators=[RegexValidator(USERNAME_PATTERN, "Use 3 to 20 letters, digits and underscores.")],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PasswordForm(forms.Form):
    """The password again, before something that cannot be undone."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Counts as a try to sign in, with the same limit."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError("That is not your password.", code="password")
        return password


class EraseForm(PasswordForm):
    """Password and phrase, so that neither a stray click nor an open browser deletes an account."""

    phrase = forms.CharField(label=f"Type “{ERASE_PHRASE}”", widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def clean_phrase(self) -> str:
        phrase: str = self.cleaned_data["phrase"]
        if phrase.strip().lower() != ERASE_PHRASE:
            raise forms.ValidationError(f"Type “{ERASE_PHRASE}” to confirm.", code="phrase")
        return phrase
