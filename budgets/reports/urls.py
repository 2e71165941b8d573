from django.urls import path

from budgets.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.spending, name="spending"),
    path("cash-flow/", views.cash_flow, name="cash_flow"),
    path("where-it-went/", views.where, name="where"),
    path("descriptions/", views.descriptions, name="descriptions"),
    path("net-worth/", views.net_worth, name="net_worth"),
    path("pace/", views.pace, name="pace"),
]
