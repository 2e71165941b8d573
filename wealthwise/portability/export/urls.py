from django.urls import path

from wealthwise.portability.export import views

app_name = "data"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("export/<slug:kind>/", views.download, name="download"),
    path("import/", views.restore, name="restore"),
    path("reset/", views.reset, name="reset"),
]
