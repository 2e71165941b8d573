"""What the views of form pages share."""

from collections.abc import Callable

from django.forms import Form
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from wealthwise.core.errors import DomainError

page = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> QueryDict | None:
    """The data of a form, None unless one was sent; one that was sent can be empty."""
    return request.POST if request.method == "POST" else None


def attempt(form: Form, action: Callable[[], object]) -> bool:
    """Run a service for a valid form; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        action()
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def way_back(request: HttpRequest, default: str = "transactions:list") -> str:
    """Where the person came from, when ``next`` is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and safe else reverse(default)
