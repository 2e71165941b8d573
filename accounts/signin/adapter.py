"""Where allauth asks us: mailed links, usernames, limits, and where users land."""

from typing import Any, cast, override
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationMixin
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.ratelimit import consume, respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts.models import User
from accounts.people import services
from accounts.signin import devices, sealing, tokens
from accounts.signin.browsers import browser_of
from wealthwise.core.http.again import never_again

WRONG = "The name or the password is not right."


def site_link(name: str, *arguments: str) -> str:
    """An address for a mail: built from SITE_URL, because a Host header is whatever the sender says."""
    return settings.SITE_URL + reverse(name, args=arguments)


def display_name(user: User) -> str:
    return user.called


class AddressProof(EmailConfirmationMixin):
    """allauth's email confirmation, kept by us as a hash (see accounts.tokens)."""

    def __init__(self, key: str, email_address: EmailAddress) -> None:
        self.key = key
        self.email_address = email_address

    @classmethod
    def from_key(cls, key: str) -> "AddressProof | None":
        verification = tokens.open_verification(token=key)
        if verification is None:
            return None
        address = EmailAddress.objects.filter(
            user=verification.user_id, email=verification.email, verified=False
        ).first()
        return cls(key, address) if address else None

    @transaction.atomic
    def confirm(self, request: HttpRequest) -> EmailAddress | None:
        """Spend the token and mark the address, together; raises LinkNotValid."""
        tokens.spend_verification(token=self.key)
        return super().confirm(request)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": WRONG,
        "username_password_mismatch": WRONG,
        "username_blacklisted": "Choose another username.",
    }

    # Mail

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Renders with SITE_URL and without the request's host, so it also works outside a request."""
        self.render_mail(template_prefix, email, {"email": email, "site_url": settings.SITE_URL, **context}).send()
        never_again()

    @override
    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: AddressProof, signup: bool) -> None:
        address = emailconfirmation.email_address
        token = tokens.issue_verification(user=address.user, email=address.email)
        context = {"user": address.user, "activate_url": site_link("account_confirm_email", token)}
        kind = "email_confirmation_signup" if signup else "email_confirmation"
        self.send_mail(f"account/email/{kind}", address.email, context)

    @override
    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Signing in unverified sends the mail again, and that counts as a resend."""
        return signup or consume(request, action="resend_verification", key=email_address.email)

    def send_account_already_exists_mail(self, email: str) -> None:
        self.send_mail("account/email/account_already_exists", email, {})

    @override
    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """The way back in. An address that was never confirmed may be anybody's: it is told no name."""
        is_verified = EmailAddress.objects.filter(user_id=user.pk, email=email, verified=True).exists()
        super().send_password_reset_mail(user, email, {**context, "user": user, "is_verified": is_verified})

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The path has a place for a user id; the token alone finds the user, so it says 0."""
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": "0", "key": key})

    # Users

    @override
    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Check the shape only: whether a name is taken would tell that an account exists."""
        return super().clean_username(username, shallow=True).lower()

    @override
    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: forms.BaseForm, commit: bool = True
    ) -> User:
        data = form.cleaned_data
        return services.create_user(
            email=data["email"],
            password=data["password1"],
            first_name=data["first_name"],
            last_name=data["last_name"],
            username=data.get("username", ""),
        )

    def set_password(self, user: User, password: str) -> None:  # type: ignore[override]  # ours is the only model
        services.set_password(user=user, password=password)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Somebody else may hold the address meanwhile, as an account that never verified it."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False

    # Limits

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many tries get the page for too many requests. Tries at one's own password are counted apart."""
        key = self._get_login_attempts_cache_key(request, **credentials)
        signs_in = not request.user.is_authenticated
        if signs_in and not consume(request, action="sign_in", key=key):
            raise ImmediateHttpResponse(respond_429(request))
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action="login_failed", key=key)
        if not self._login_failed_rl_usage:
            raise ImmediateHttpResponse(respond_429(request))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One allowance per account, whichever of its two names is tried."""
        name = (credentials.get("email") or credentials.get("username") or "").strip().lower()
        person = User.objects.filter(Q(email=name) | Q(username=name)).values_list("pk", flat=True).first()
        return f"person:{person}" if person else f"name:{name}"

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **options: Any) -> HttpResponse:
        """From now on the device is known; who signs in with a new one is told by mail."""
        person = cast(User, user)
        response = super().post_login(request, person, **options)
        if devices.remember(request, response, person):
            self.send_notification_mail("account/email/new_device", person)
        return response

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """In mails: what a browser says of itself is whatever its user says."""
        return browser_of(request.META.get("HTTP_USER_AGENT", ""))

    # Where users land

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        done = cast(User, request.user).onboarding_step >= User.OnboardingStep.DONE
        return resolve_url(settings.LOGIN_REDIRECT_URL if done else "onboarding")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        """The app's key and the seed of the recovery codes, as they stand in the database."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        return f"Key {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the configured site, whatever the Host header says."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "localhost", "name": "WealthWise"}
