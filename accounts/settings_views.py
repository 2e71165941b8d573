"""Pages below the settings."""

from allauth.core.ratelimit import consume, respond_429
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms import UsernameForm
from accounts.requests import PersonRequest
from wealthwise.errors import DomainError


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
