"""The addresses of the API, each for the owner of a token; its description and the page of it are for everybody."""

from typing import Any

from django.urls import URLPattern, path

from wealthwise.api.authentication import with_token
from wealthwise.api.site.operations import api
from wealthwise.api.site.reference import document_file, nothing_here, reference

app_name = "api"
urlpatterns: list[Any] = [
    path("", reference, name="reference"),
    path("openapi.json", document_file, name="openapi"),
]
for pattern in api.urls[0]:
    if isinstance(pattern, URLPattern) and pattern.name != "api-root":
        pattern.callback = with_token(pattern.callback)
        urlpatterns.append(pattern)
urlpatterns.append(path("<path:rest>", with_token(nothing_here), name="nothing"))
