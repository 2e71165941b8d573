"""The site map."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from budgets.dashboard.views import dashboard
from transactions.account import views as account_views
from wealthwise.core.http import installable
from wealthwise.core.http.violations import violations
from wealthwise.operations.telemetry import probes
from wealthwise.public import views
from wealthwise.public.help import help_page

admin.autodiscover()

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", help_page, name="help"),
    path("privacy/", views.page, {"template": "wealthwise/public/privacy.html"}, name="privacy"),
    path("terms/", views.page, {"template": "wealthwise/public/terms.html"}, name="terms"),
    path("theme/", views.theme, name="theme"),
    path("manifest.webmanifest", installable.manifest, name="manifest"),
    path("service-worker.js", installable.service_worker, name="service_worker"),
    path("offline/", installable.offline, name="offline"),
    path("hide-amounts/", views.hide_amounts, name="hide_amounts"),
    path("rows/", views.rows, name="rows"),
    path("", include("budgets.urls")),
    path("dashboard/", dashboard, name="dashboard"),
    path("", include("budgets.onboarding.urls")),
    path("sample-data/", include("wealthwise.demo.urls")),
    path("reports/", include("budgets.reports.urls")),
    path("transactions/", include("transactions.urls")),
    path("jobs/", include("transactions.jobs.urls")),
    path("accounts/<int:account_id>/", account_views.account, name="account"),
    path("accounts/", include("accounts.urls")),
    path("accounts/settings/programs/", include("wealthwise.api.tokens.urls")),
    path("accounts/settings/data/", include("wealthwise.portability.export.urls")),
    path("moving-in/", include("wealthwise.portability.moving.urls")),
    path("auth/", include("accounts.signin.urls")),
    path("auth/", include("allauth.urls")),
    path("api/v1/", include("wealthwise.api.site.urls")),
    path("console", admin.site.admin_view(RedirectView.as_view(pattern_name="admin:index")), name="console"),
    path("console/", admin.site.urls),
    path("violations/", violations, name="violations"),
    path("metrics", login_not_required(probes.metrics), name="metrics"),
]
handler400 = "wealthwise.core.http.error_pages.bad_request"
handler403 = "wealthwise.core.http.error_pages.permission_denied"
handler404 = "wealthwise.core.http.error_pages.page_not_found"
handler429 = "wealthwise.core.http.error_pages.too_many_requests"
handler500 = "wealthwise.core.http.error_pages.server_error"
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
