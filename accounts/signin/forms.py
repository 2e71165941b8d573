"""allauth's forms, where ours differ."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import derive_login_method
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.people.services import EmailTaken
from accounts.signin import devices, tokens
from accounts.signin.validators import POLICY


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email or username"
        self.fields["login"].widget.attrs.update({"autocomplete": "username", "autocapitalize": "none"})
        self.fields["remember"].label = "Keep me signed in"
        _plain(self)

    def user_credentials(self) -> dict[str, str]:
        """One credential, not two: a second look-up hashes once more, and the time tells that one was found."""
        login = self.cleaned_data["login"]
        return {derive_login_method(login).value: login, "password": self.cleaned_data["password"]}


class SignupForm(allauth_forms.SignupForm):
    first_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    field_order = ("first_name", "last_name", "email", "username", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.label = "Username"
        username.help_text = "Letters, digits and underscores. If it is taken, a number is added."
        _plain(self)

    def validate_unique_email(self, value: str) -> str:
        """Only an account's own address counts, not one that somebody is about to change to."""
        self.account_already_exists = User.objects.filter(email=value).exists()
        return value

    def clean(self) -> dict[str, Any]:
        """The password must also differ from the names, as it must when it is changed."""
        cleaned = super().clean()
        if "password1" in cleaned and not self.has_error("password1"):
            person = User(first_name=cleaned.get("first_name", ""), last_name=cleaned.get("last_name", ""))
            try:
                get_adapter().clean_password(cleaned["password1"], user=person)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The same answer, and about the same work, whether or not the address has an account."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        answer: tuple[User | None, HttpResponse | None]
        try:
            answer = super().try_save(request)
        except EmailTaken:
            self.account_already_exists = True
            answer = super().try_save(request)
        return answer

    @transaction.atomic
    def save(self, request: HttpRequest) -> AbstractBaseUser:
        return super().save(request)


class ResendForm(forms.Form):
    """Ask for the verification mail again."""

    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def address(self) -> tuple[EmailAddress, bool]:
        """The address to verify, or a stand-in without owner, and whether a verified account has it.

        Each of the three cases sends a mail, and only the mail tells which it was.
        """
        email = self.cleaned_data["email"]
        own = EmailAddress.objects.filter(email=email, user__email=email).select_related("user").first()
        if own and not own.verified:
            return own, False
        return EmailAddress(user=None, email=email), own is not None


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)

    def clean_email(self) -> str:
        """Only an account's own address: one that it might change to could be anybody's."""
        email = str(self.cleaned_data["email"]).lower()
        self.person = User.objects.filter(email=email, is_active=True).first()
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """A mail goes out either way, so neither the answer nor its time tells which."""
        email, adapter = str(self.cleaned_data["email"]), get_adapter()
        if self.person is None:
            send_unknown_account_mail(request, email)
        else:
            link = adapter.get_reset_password_from_key_url(tokens.issue_reset(user=self.person))
            adapter.send_password_reset_mail(self.person, email, {"password_reset_url": link})
        return email


class UserTokenForm(allauth_forms.UserTokenForm):
    """Finds the user by the mailed token alone."""

    def clean(self) -> dict[str, Any]:
        reset = tokens.open_reset(token=self.cleaned_data.get("key") or "")
        if reset is None:
            raise get_adapter().validation_error("invalid_password_reset")
        self.reset_user = reset.user
        return self.cleaned_data


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password1="New password", password2="The same again")

    @transaction.atomic
    def save(self) -> None:
        try:
            tokens.spend_reset(token=self.temp_key)
        except tokens.LinkNotValid as error:
            again = redirect("account_reset_password_from_key", uidb36="0", key="set-password")
            raise ImmediateHttpResponse(again) from error
        super().save()
        devices.forget(self.user)  # one of them may be a thief's


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, oldpassword="Current password", password1="New password", password2="The same again")


class AddEmailForm(allauth_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, email="New address")


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class AddKeyForm(AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        passwordless = self.fields["passwordless"]
        passwordless.initial = True
        passwordless.label = "Sign in with it alone"
        passwordless.help_text = "The device checks your fingerprint, face or PIN, so no password is asked."


def _plain(form: forms.Form, **labels: str) -> None:
    """Drop placeholders that repeat the label, and say the password policy in one sentence."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = labels.get(name, field.label)
        if name == "password1":
            field.help_text = POLICY
