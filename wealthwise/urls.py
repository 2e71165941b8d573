"""The site map."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from wealthwise import views
from wealthwise.ops import probes

admin.autodiscover()

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", views.page, {"template": "help.html"}, name="help"),
    path("privacy/", views.page, {"template": "privacy.html"}, name="privacy"),
    path("terms/", views.page, {"template": "terms.html"}, name="terms"),
    path("theme/", views.theme, name="theme"),
    path("", include("budgets.urls")),
    path("", include("budgets.home_urls")),
    path("transactions/", include("transactions.urls")),
    path("accounts/", include("accounts.urls")),
    path("auth/", include("accounts.auth_urls")),
    path("auth/", include("allauth.urls")),
    path("console", admin.site.admin_view(RedirectView.as_view(pattern_name="admin:index"))),
    path("console/", admin.site.urls),
    path("metrics", login_not_required(probes.metrics), name="metrics"),
]
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
