"""The settings of the person."""

from copy import copy

from allauth.core.ratelimit import consume, respond_429
from django.contrib.auth import logout
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters

from accounts.people import services
from accounts.people.forms import EraseForm, ProfileForm, UsernameForm
from accounts.people.requests import UserRequest
from accounts.people.security import Security, security_of
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.core.two_tabs import edit_page, kept_of


@edit_page
def settings_page(request: UserRequest) -> HttpResponse:
    """The form works on a copy: a refused value must not show in the rest of the page."""
    stored = copy(request.user)
    if request.method == "POST":  # others may have saved meanwhile
        stored.refresh_from_db()
    form = ProfileForm(posted(request), instance=copy(stored), of_row=True)

    def save() -> HttpResponse:
        services.save_settings(user=form.instance, before=stored, fields=form.Meta.fields)
        new = form.cleaned_data["currency"]
        said = f" Amounts are in {new} now; nothing was converted." if new != stored.currency else ""
        return done(request, f"Your settings were saved.{said}{kept_of(form)}", "accounts:settings")

    def context() -> dict[str, Security]:
        return {"security": security_of(request.user)}

    return form_page(request, form, save, "accounts/people/settings.html", context)


@sensitive_post_parameters("password")
@page
def erase(request: UserRequest) -> HttpResponse:
    person = copy(request.user)
    form = EraseForm(posted(request), user=request.user)

    def save() -> HttpResponse:
        logout(request)
        services.erase_user(user=person)
        return done(request, "Your account and everything in it was deleted.", "landing")

    return form_page(request, form, save, "accounts/people/erase.html", {})


@page
def username(request: UserRequest) -> HttpResponse:
    form = UsernameForm(posted(request), initial={"username": request.user.username})

    def save() -> HttpResponse:
        if not consume(request, action="change_username"):
            return respond_429(request)
        services.change_username(user=request.user, username=form.cleaned_data["username"])
        return done(request, f"Your username is now {request.user.username}.", "accounts:settings")

    return form_page(request, form, save, "accounts/people/username.html", {}, refused="username")
