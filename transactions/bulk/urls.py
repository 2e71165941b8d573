from django.urls import path

from transactions.bulk import views

urlpatterns = [
    path("", views.change, name="bulk"),
    path("undo/", views.undo, name="bulk_undo"),
]
