from django.urls import path

from transactions.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<int:pk>/", views.progress, name="progress"),
    path("<int:pk>/stop/", views.cancel, name="cancel"),
    path("<int:pk>/file/", views.result, name="result"),
]
