from django.urls import path

from accounts.money.views import account_add, account_close, account_edit, account_list, account_reopen
from accounts.people import views

app_name = "accounts"
urlpatterns = [
    path("", account_list, name="list"),
    path("add/", account_add, name="add"),
    path("<int:account_id>/edit/", account_edit, name="edit"),
    path("<int:account_id>/close/", account_close, name="close"),
    path("<int:account_id>/reopen/", account_reopen, name="reopen"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/delete/", views.erase, name="erase"),
    path("settings/username/", views.username, name="username"),
]
