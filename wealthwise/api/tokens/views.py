"""The settings page of tokens: which there are, one more, and their end."""

from allauth.account.adapter import get_adapter
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import ApiToken
from accounts.people.requests import UserRequest
from wealthwise.api.tokens import services
from wealthwise.api.tokens.forms import TokenForm
from wealthwise.api.tokens.recently import proven_recently
from wealthwise.core.errors import NotFound
from wealthwise.core.forms import attempt, done, page, posted
from wealthwise.core.locales import counted


@require_safe
def token_list(request: UserRequest) -> HttpResponse:
    tokens = list(ApiToken.objects.for_user(request.user).newest_first())
    return render(request, "wealthwise/api/tokens/list.html", {"tokens": tokens, "now": timezone.now()})


@never_cache
@page
@proven_recently
def token_add(request: UserRequest) -> HttpResponse:
    """The token is told on the page that answers, and nowhere else."""
    form = TokenForm(posted(request))

    def save() -> HttpResponse:
        token = services.make_token(user=request.user, **form.cleaned_data)
        get_adapter().send_notification_mail("account/email/token_made", request.user)
        return render(request, "wealthwise/api/tokens/made.html", {"token": token, **form.cleaned_data})

    answer = attempt(form, save) if request.method == "POST" else None
    if answer is not None:
        return answer
    return render(request, "wealthwise/api/tokens/add.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def token_end(request: UserRequest, pk: int) -> HttpResponse:
    try:
        services.end_token(user=request.user, token_id=pk)
    except NotFound:
        return done(request, "That token had ended already.", "tokens:list")
    return done(request, "The token was ended. Whatever program had it is let in no more.", "tokens:list")


@require_POST
def token_end_all(request: UserRequest) -> HttpResponse:
    count = services.end_all(user=request.user)
    return done(request, f"{counted(count, 'token')} ended. No program is let in any more.", "tokens:list")
