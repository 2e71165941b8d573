"""Addresses of the sample data. No namespace."""

from django.urls import path

from wealthwise.demo import views

urlpatterns = [
    path("", views.sample_data, name="sample_data"),
    path("explore/", views.sample_explore, name="sample_explore"),
    path("clear/", views.sample_clear, name="sample_clear"),
]
