"""Addresses of the import, one per step. They live in the namespace of transactions."""

from django.urls import path

from transactions.importing import check_views, views
from transactions.importing.profiles import views as profile_views

urlpatterns = [
    path("", views.start, name="import"),
    path("profiles/", profile_views.profiles, name="import_profiles"),
    path("profiles/<int:pk>/", profile_views.rename, name="import_profile"),
    path("profiles/<int:pk>/forget/", profile_views.forget, name="import_profile_forget"),
    path("<int:pk>/", views.result, name="import_result"),
    path("<int:pk>/columns/", views.configure, name="import_configure"),
    path("<int:pk>/columns/<int:profile_id>/", views.read_as, name="import_read_as"),
    path("<int:pk>/accounts/", views.accounts, name="import_accounts"),
    path("<int:pk>/categories/", views.name_categories, name="import_categories"),
    path("<int:pk>/check/", check_views.check, name="import_check"),
    path("<int:pk>/mend/", check_views.mend, name="import_mend"),
    path("<int:pk>/rows/", check_views.rows, name="import_rows"),
    path("<int:pk>/days/", views.order_days, name="import_order_days"),
    path("<int:pk>/encoding/", views.encoding, name="import_encoding"),
    path("<int:pk>/commit/", check_views.commit, name="import_commit"),
    path("<int:pk>/revert/", views.revert, name="import_revert"),
    path("<int:pk>/discard/", views.discard, name="import_discard"),
]
