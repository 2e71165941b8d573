"""The console's addresses that belong to no model; the site wraps each with its own guard."""

from collections.abc import Callable
from typing import Final

from django.http.response import HttpResponseBase

from wealthwise.console.health import views
from wealthwise.console.people import views as people_views
from wealthwise.console.screens import unmasking

ROUTES: Final[list[tuple[str, Callable[..., HttpResponseBase], str]]] = [
    ("health/", views.health, "health"),
    ("health/statements/reset/", views.reset_statistics, "reset_statistics"),
    ("health/maintain/", views.maintain, "maintain"),
    ("health/cancel/", views.cancel, "cancel"),
    ("history/", views.history, "history"),
    ("plan/", views.plan, "plan"),
    ("views/", views.freshness_page, "views"),
    ("views/<slug:kind>/", views.start, "start"),
    ("jobs/<int:job_id>/", views.job, "job"),
    ("people/<slug:action>/", people_views.act, "people"),
    ("people/export/<int:person_id>/file/", people_views.exported, "people_export_file"),
    ("unmask/<int:user_id>/", unmasking.unmask, "unmask"),
]
