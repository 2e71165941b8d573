"""The site map."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from wealthwise import views

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", views.page, {"template": "help.html"}, name="help"),
    path("privacy/", views.page, {"template": "privacy.html"}, name="privacy"),
    path("terms/", views.page, {"template": "terms.html"}, name="terms"),
    path("theme/", views.theme, name="theme"),
    path("hide-amounts/", views.hide_amounts, name="hide_amounts"),
    path("", include("budgets.urls")),
    path("", include("budgets.home_urls")),
    path("transactions/", include("transactions.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/settings/data/", include("wealthwise.export.urls")),
    path("auth/", include("accounts.auth_urls")),
    path("auth/", include("allauth.urls")),
    path("console/", admin.site.urls),
]
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
