from django.urls import path

from budgets.reports.views import report

app_name = "reports"
urlpatterns = [
    path("", report, {"slug": "spending"}, name="spending"),
    path("cash-flow/", report, {"slug": "cash_flow"}, name="cash_flow"),
    path("flow/", report, {"slug": "flow"}, name="flow"),
    path("where-it-went/", report, {"slug": "where"}, name="where"),
    path("descriptions/", report, {"slug": "descriptions"}, name="descriptions"),
    path("net-worth/", report, {"slug": "net_worth"}, name="net_worth"),
    path("pace/", report, {"slug": "pace"}, name="pace"),
]
