"""The four steps after the first sign-in. No namespace."""

from django.urls import path

from budgets.onboarding import views

urlpatterns = [
    path("onboarding/", views.onboarding, name="onboarding"),
    path("onboarding/<int:step>/", views.onboarding_step, name="onboarding_step"),
    path("onboarding/<int:step>/skip/", views.onboarding_skip, name="onboarding_skip"),
]
