"""Addresses of balance checks. They live in the namespace of transactions."""

from django.urls import path

from transactions.reconciling import views

urlpatterns = [
    path("of/<int:account_id>/", views.bank_says, name="bank_says"),
    path("<int:pk>/", views.check, name="balance_check"),
    path("<int:pk>/agree/", views.agree, name="balance_agree"),
    path("<int:pk>/anchor/", views.anchor, name="balance_anchor"),
    path("<int:pk>/correct/", views.correct, name="balance_correct"),
    path("<int:pk>/forget/", views.forget, name="balance_forget"),
]
