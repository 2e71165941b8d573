from django.urls import path

from accounts import settings_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.account_list, name="list"),
    path("add/", views.account_add, name="add"),
    path("<int:account_id>/edit/", views.account_edit, name="edit"),
    path("<int:account_id>/close/", views.account_close, name="close"),
    path("<int:account_id>/reopen/", views.account_reopen, name="reopen"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/delete/", views.erase, name="erase"),
    path("settings/username/", settings_views.username, name="username"),
]
