from django.urls import path

from wealthwise.api.tokens import views

app_name = "tokens"
urlpatterns = [
    path("", views.token_list, name="list"),
    path("add/", views.token_add, name="add"),
    path("end/", views.token_end_all, name="end_all"),
    path("<int:pk>/end/", views.token_end, name="end"),
]
