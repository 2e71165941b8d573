from django.urls import path

from wealthwise.portability.moving import views

app_name = "moving"
urlpatterns = [
    path("", views.start, name="start"),
    path("look/<int:pk>/", views.look, name="look"),
    path("<int:pk>/", views.moved, name="moved"),
    path("<int:pk>/back/", views.take_back, name="take_back"),
]
