"""Headers that Django has no setting for, on every answer: also on static files and refusals."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

# No page asks for a device or a place; a passkey is asked for by the site's own pages alone.
REFUSED: Final = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
HEADERS: Final = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in REFUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Reporting-Endpoints": 'violations="/violations/"',  # of the policy, see violations.py
}


def headers_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No device for any script, and no answer inside another site's page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
