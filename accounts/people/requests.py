"""The request that a page behind the sign-in gets."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class UserRequest(HttpRequest):
    """LoginRequiredMiddleware let only a user through, so `user` is never anonymous. For annotations."""

    user: User
    htmx: HtmxDetails
