"""The console's AdminSite: who gets in, what stands in its menu, and the pages that belong to no model."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, override

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

# Name of the address, name in the menu, permission.
PAGES = [
    ("health", "Database health", "ops.view_health"),
    ("history", "History", "ops.view_health"),
    ("plan", "Database plan", "ops.view_health"),
    ("views", "Views and summaries", "ops.view_health"),
]


NAMES = {"ViewRefresh": "View refreshes", "ApiToken": "API tokens"}
ABOUT_PEOPLE = ("account", "mfa", "usersessions", "auth")
View = Callable[..., HttpResponseBase]


class ConsoleSite(admin.AdminSite):
    """For staff only. Anybody else who is signed in gets the page of an address that does not exist.

    Who is not signed in is sent to the ordinary sign-in, as from every private page: the console has none.
    """

    site_title = "WealthWise console"
    site_header = "WealthWise console"
    index_title = "What needs attention"
    index_template = "ops/index.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # the console erases one user at a time, by the service

    @method_decorator([never_cache, login_not_required])
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The site's own sign-in with its limits and second factor; nothing here asks for a password."""
        index = reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect_to_login(index)
        if not self.has_permission(request):
            raise Http404
        return HttpResponseRedirect(index)

    @override
    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        guarded: View = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        return update_wrapper(inner, guarded)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from wealthwise.console import urls

        own = [path(route, self.admin_view(view), name=name) for route, view, name in urls.ROUTES]
        # "View on site" leads to the address of a row, whatever stands in it, without asking who may see the row.
        theirs = [found for found in super().get_urls() if getattr(found, "name", "") != "view_on_site"]
        found: list[URLPattern | URLResolver] = [*own, *theirs]
        _sign_in_directly(found)
        return found

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The site's own page, which asks who it is and ends the other sessions."""
        return redirect("account_change_password")

    def get_log_entries(self, request: HttpRequest) -> Any:
        """The front page shows the console's own log, and no other page shows any."""
        from django.contrib.admin.models import LogEntry

        return LogEntry.objects.none()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Operations first, with the pages that have no model; and always the whole permission check."""
        apps = super().get_app_list(request, app_label)
        for model in (model for app in apps for model in app["models"]):
            model["name"] = NAMES.get(model["object_name"], model["name"])
        if app_label not in (None, "ops"):
            return apps
        pages = [_menu_entry(*page) for page in PAGES if request.user.has_perm(page[2])]
        found = [app for app in apps if app["app_label"] == "ops"]
        if not pages and not found:
            return apps
        ops = found[0] if found else _operations()
        theirs = [model for app in apps if app["app_label"] == "operations" for model in app["models"]]
        ops["models"] = [*pages, *ops["models"], *theirs]
        return [ops, *_gathered([app for app in apps if app is not ops and app["app_label"] != "operations"])]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from wealthwise.console.front import page as front

        return super().index(request, {**front.context(request), **(extra_context or {})})


def _gathered(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What libraries know of users stands with the users, not under the names of the libraries."""
    people = next((app for app in apps if app["app_label"] == "accounts"), None)
    if people is None:
        return apps
    people["name"] = "People"
    for app in apps:
        if app["app_label"] in ABOUT_PEOPLE:
            people["models"] = [*people["models"], *app["models"]]
    return [people, *(app for app in apps if app is not people and app["app_label"] not in ABOUT_PEOPLE)]


def _operations() -> dict[str, Any]:
    url = reverse("admin:app_list", args=["ops"])
    return {"name": "Operations", "app_label": "ops", "app_url": url, "has_module_perms": True, "models": []}


def _menu_entry(name: str, title: str, _permission: str) -> dict[str, Any]:
    return {
        "name": title,
        "object_name": name,
        "perms": {"view": True},
        "admin_url": reverse(f"admin:{name}"),
        "add_url": None,
        "view_only": True,
    }


def _sign_in_directly(patterns: list[URLPattern | URLResolver]) -> None:
    """LoginRequiredMiddleware would send users by way of the admin's own login address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _sign_in_directly(pattern.url_patterns)
        elif hasattr(pattern.callback, "login_url"):
            pattern.callback.login_url = settings.LOGIN_URL
