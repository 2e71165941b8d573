"""Addresses of allauth that we answer ourselves; included before allauth.urls, under the same names."""

from django.urls import path

from accounts.signin import views

urlpatterns = [
    path("confirm-email/", views.verification_sent, name="account_email_verification_sent"),
    path("confirm-email/<str:key>/", views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    path("sessions/", views.SessionsView.as_view(), name="usersessions_list"),
]
