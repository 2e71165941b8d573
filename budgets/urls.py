from django.urls import path

from budgets.budget import fill_views, income_views, views
from budgets.periods import views as period_views
from budgets.recurring import views as recurring_views
from budgets.schedules import views as schedule_views

app_name = "budgets"
urlpatterns = [
    path("budget/", views.budget, name="budget"),
    path("budget/<int:period_id>/", views.budget_period, name="budget_period"),
    path("budget/<int:period_id>/allocate/", views.allocate, name="allocate"),
    path("budget/<int:period_id>/move/", views.move, name="move"),
    path("budget/<int:period_id>/brought-forward/", views.brought_forward, name="brought_forward"),
    path("budget/<int:period_id>/brought-forward/take/", views.take_brought_forward, name="take_brought_forward"),
    path("budget/<int:period_id>/fill/", fill_views.fill, name="fill"),
    path("budget/<int:period_id>/subcategory/<int:subcategory_id>/", fill_views.line, name="line"),
    path("budget/<int:period_id>/subcategory/<int:subcategory_id>/fill/", fill_views.line_fill, name="line_fill"),
    path("budget/<int:period_id>/income/", income_views.income_add, name="income_add"),
    path("income/<int:pk>/", income_views.income_edit, name="income_edit"),
    path("income/<int:pk>/delete/", income_views.income_delete, name="income_delete"),
    path("periods/", period_views.periods, name="periods"),
    path("periods/add/", period_views.period_add, name="period_add"),
    path("periods/<int:pk>/", period_views.period_edit, name="period_edit"),
    path("periods/<int:pk>/next/", period_views.period_next, name="period_next"),
    path("periods/<int:pk>/activate/", period_views.period_activate, name="period_activate"),
    path("periods/<int:pk>/delete/", period_views.period_delete, name="period_delete"),
    path("recurring/", recurring_views.recurring, name="recurring"),
    path("recurring/income/add/", recurring_views.income_add, name="recurring_income_add"),
    path("recurring/income/<int:pk>/", recurring_views.income_edit, name="recurring_income_edit"),
    path("recurring/income/<int:pk>/delete/", recurring_views.income_delete, name="recurring_income_delete"),
    path("recurring/income/<int:pk>/pause/", recurring_views.income_pause, name="recurring_income_pause"),
    path("recurring/allocations/add/", recurring_views.allocation_add, name="recurring_allocation_add"),
    path("recurring/allocations/<int:pk>/", recurring_views.allocation_edit, name="recurring_allocation_edit"),
    path(
        "recurring/allocations/<int:pk>/delete/",
        recurring_views.allocation_delete,
        name="recurring_allocation_delete",
    ),
    path(
        "recurring/allocations/<int:pk>/pause/",
        recurring_views.allocation_pause,
        name="recurring_allocation_pause",
    ),
    path("recurring/due/", schedule_views.schedules, name="schedules"),
    path("recurring/due/add/", schedule_views.schedule_add, name="schedule_add"),
    path("recurring/due/<int:pk>/", schedule_views.schedule_edit, name="schedule_edit"),
    path("recurring/due/<int:pk>/delete/", schedule_views.schedule_delete, name="schedule_delete"),
    path("recurring/due/<int:pk>/pause/", schedule_views.schedule_pause, name="schedule_pause"),
    path("recurring/due/<int:pk>/answer/", schedule_views.schedule_answer, name="schedule_answer"),
    path("recurring/due/proposal/", schedule_views.proposal_answer, name="proposal_answer"),
]
