"""Addresses of rules. They live in the namespace of transactions."""

from django.urls import path

from transactions.rules import views

urlpatterns = [
    path("", views.rules, name="rules"),
    path("add/", views.rule_add, name="rule_add"),
    path("apply/", views.rules_apply, name="rules_apply"),
    path("<int:pk>/", views.rule_edit, name="rule_edit"),
    path("<int:pk>/delete/", views.rule_delete, name="rule_delete"),
    path("<int:pk>/move/", views.rule_move, name="rule_move"),
]
