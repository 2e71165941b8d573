"""The page of profiles: how files were read, by what they look like."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import UserRequest
from transactions.importing.profiles import services
from transactions.models import ImportProfile
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page

HOME = "transactions:import_profiles"


class ProfileNameForm(forms.Form):
    """What a user calls a profile."""

    name = forms.CharField(max_length=60)


@require_safe
def profiles(request: UserRequest) -> HttpResponse:
    mine = ImportProfile.objects.for_user(request.user).select_related("account").order_by("-kept_at", "-pk")
    return render(request, "transactions/importing/profiles/list.html", {"profiles": list(mine)})


@page
def rename(request: UserRequest, pk: int) -> HttpResponse:
    profile = get_object_or_404(ImportProfile.objects.for_user(request.user).select_related("account"), pk=pk)
    form = ProfileNameForm(request.POST if request.method == "POST" else None, initial={"name": profile.name})

    def save() -> HttpResponse:
        name = form.cleaned_data["name"]
        services.rename(user=request.user, profile_id=pk, name=name)
        return done(request, f"It is called “{name}” now.", HOME)

    return form_page(request, form, save, "transactions/importing/profiles/rename.html", {"profile": profile})


@require_POST
def forget(request: UserRequest, pk: int) -> HttpResponse:
    profile = get_object_or_404(ImportProfile.objects.for_user(request.user), pk=pk)
    try:
        services.forget(user=request.user, profile_id=pk)
    except DomainError as news:
        messages.info(request, str(news))
    else:
        messages.success(request, f"“{profile.name}” was forgotten. The next such file is looked at afresh.")
    return redirect(HOME)
