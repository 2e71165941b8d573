"""The site map."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from transactions import account_views
from wealthwise import installable, views
from wealthwise.help import help_page
from wealthwise.ops import probes

admin.autodiscover()

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", help_page, name="help"),
    path("privacy/", views.page, {"template": "privacy.html"}, name="privacy"),
    path("terms/", views.page, {"template": "terms.html"}, name="terms"),
    path("theme/", views.theme, name="theme"),
    path("manifest.webmanifest", installable.manifest, name="manifest"),
    path("service-worker.js", installable.service_worker, name="service_worker"),
    path("offline/", installable.offline, name="offline"),
    path("hide-amounts/", views.hide_amounts, name="hide_amounts"),
    path("", include("budgets.urls")),
    path("", include("budgets.home_urls")),
    path("reports/", include("budgets.reporting.urls")),
    path("transactions/", include("transactions.urls")),
    path("accounts/<int:account_id>/", account_views.account, name="account"),
    path("accounts/", include("accounts.urls")),
    path("accounts/settings/data/", include("wealthwise.export.urls")),
    path("auth/", include("accounts.auth_urls")),
    path("auth/", include("allauth.urls")),
    path("console", admin.site.admin_view(RedirectView.as_view(pattern_name="admin:index")), name="console"),
    path("console/", admin.site.urls),
    path("metrics", login_not_required(probes.metrics), name="metrics"),
]
handler400 = "wealthwise.error_views.bad_request"
handler403 = "wealthwise.error_views.permission_denied"
handler404 = "wealthwise.error_views.page_not_found"
handler500 = "wealthwise.error_views.server_error"
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
