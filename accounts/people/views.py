"""The accounts pages, and the settings of the person."""

from copy import copy

from allauth.core.ratelimit import consume, respond_429
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.people import services
from accounts.people.forms import ERASE_PHRASE, EraseForm, ProfileForm, UsernameForm
from accounts.people.requests import PersonRequest
from accounts.people.security import security_of
from wealthwise.core.errors import DomainError


def settings_page(request: PersonRequest) -> HttpResponse:
    """The form works on a copy: a refused value must not show in the rest of the page."""
    form = ProfileForm(request.POST or None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=form.Meta.fields)
        messages.success(request, "Your settings were saved.")
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form, "security": security_of(request.user)})


@sensitive_post_parameters("password")
def erase(request: PersonRequest) -> HttpResponse:
    user = request.user
    form = EraseForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        person = copy(user)
        logout(request)
        services.erase_user(user=person)
        messages.success(request, "Your account and everything in it was deleted.")
        return redirect("landing")
    return render(request, "accounts/erase.html", {"form": form, "phrase": ERASE_PHRASE})


@require_http_methods(["GET", "HEAD", "POST"])
def username(request: PersonRequest) -> HttpResponse:
    form = UsernameForm(request.POST or None, initial={"username": request.user.username})
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="change_username"):
            return respond_429(request)
        try:
            services.change_username(user=request.user, username=form.cleaned_data["username"])
        except DomainError as error:
            form.add_error("username", str(error))
        else:
            messages.success(request, f"Your username is now {request.user.username}.")
            return redirect("accounts:settings")
    return render(request, "accounts/username.html", {"form": form})
