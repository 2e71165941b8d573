"""Where a signed-in person arrives: the dashboard, and the way there. No namespace."""

from django.urls import path

from budgets import home_views as views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("onboarding/", views.onboarding, name="onboarding"),
    path("onboarding/<int:step>/", views.onboarding_step, name="onboarding_step"),
    path("onboarding/<int:step>/skip/", views.onboarding_skip, name="onboarding_skip"),
    path("sample-data/", views.sample_data, name="sample_data"),
    path("sample-data/explore/", views.sample_explore, name="sample_explore"),
    path("sample-data/clear/", views.sample_clear, name="sample_clear"),
]
