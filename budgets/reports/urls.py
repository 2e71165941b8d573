from django.urls import path

from budgets.reports.views import forget_saved, report, save

app_name = "reports"
urlpatterns = [
    path("", report, {"slug": "spending"}, name="spending"),
    path("cash-flow/", report, {"slug": "cash_flow"}, name="cash_flow"),
    path("flow/", report, {"slug": "flow"}, name="flow"),
    path("where-it-went/", report, {"slug": "where"}, name="where"),
    path("descriptions/", report, {"slug": "descriptions"}, name="descriptions"),
    path("net-worth/", report, {"slug": "net_worth"}, name="net_worth"),
    path("<slug:slug>/save/", save, name="save"),
    path("saved/<int:pk>/delete/", forget_saved, name="saved_delete"),
    path("pace/", report, {"slug": "pace"}, name="pace"),
]
