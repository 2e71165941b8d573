"""The pages of the sign-in family that allauth does not have as we need them."""

from typing import Any, cast

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.core.ratelimit import consume, respond_429
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.signin import devices
from accounts.signin.adapter import AddressProof
from accounts.signin.browsers import browser_of
from accounts.signin.forms import ResendForm
from accounts.signin.tokens import LinkNotValid


@method_decorator([login_not_required, never_cache], name="dispatch")
class ConfirmEmailView(AllauthConfirmEmailView):
    """Shows the button on GET and changes state on POST only: mail scanners follow links."""

    def get_object(self, queryset: Any = None) -> AddressProof:
        proof = AddressProof.from_key(self.kwargs["key"])
        if proof is None:
            raise Http404
        return proof

    def logout_other_user(self, confirmation: AddressProof) -> None:
        if self.request.method == "POST":
            super().logout_other_user(confirmation)

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except (Http404, LinkNotValid):
            self.object = None
            return self.render_to_response(self.get_context_data(), status=404)


@login_not_required
@never_cache
def verification_sent(request: HttpRequest) -> HttpResponse:
    """Says where the mail went, and sends it again: three times an hour, whoever asks for whatever address."""
    form = ResendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not consume(request, action="resend_verification", key=email):
            return respond_429(request)
        address, known = form.address()
        send_verification_email_to_address(request, address, signup=known)
        return redirect("account_email_verification_sent")
    return render(request, "account/verification_sent.html", {"form": form})


class SessionsView(ListUserSessionsView):
    """Names the browser of each session. Where the others are ended, their devices are strange again."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        devices.forget(cast(User, self.request.user), but=self.request)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for session in context["sessions"]:
            session.browser = browser_of(session.user_agent)
        return context
