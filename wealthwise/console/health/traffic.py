"""The panel about requests: what all serving processes together answered in the last minutes."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from wealthwise.console.health import thresholds
from wealthwise.console.health.panels import BAD, WARN, Alarm, Panel, ShareBar, count, percent
from wealthwise.postgres import sql

LAST: Final = timedelta(minutes=10)
# The partition of today by (metric, label, taken_at).
_TRAFFIC = """
SELECT metric, label, sum(value)::float FROM health_sample
WHERE metric IN ('requests', 'pool_queued') AND taken_at >= %(start)s GROUP BY 1, 2
"""


def traffic() -> Panel:
    found = {(metric, label): value for metric, label, value in sql.rows_of(_TRAFFIC, start=timezone.now() - LAST)}
    answers = {label: value for (metric, label), value in sorted(found.items()) if metric == "requests"}
    whole, failed = sum(answers.values()), answers.get("5xx", 0.0)
    queued = found.get(("pool_queued", ""), 0.0)
    alarms, is_busy = [], whole >= thresholds.REQUESTS_FOR_SHARE
    if is_busy and failed / whole > thresholds.SERVER_ERRORS:
        text = f"{percent(failed / whole)} of the requests of the last minutes were answered by an error."
        alarms.append(Alarm(BAD, text, "See the log of the site"))
    if is_busy and queued / whole > thresholds.QUEUED_SHARE:
        text = f"{count(round(queued))} requests of the last minutes waited for a connection."
        alarms.append(Alarm(WARN, text, "See connections and what is slow"))
    return Panel(
        "requests",
        "Requests of the last ten minutes",
        alarms,
        f"{count(round(whole))} requests, {count(round(failed))} of them answered by an error of the server."
        if whole
        else "None was counted: each serving process adds its numbers once a minute.",
        f"Below {thresholds.SERVER_ERRORS:.0%} errors of the server, and fewer than {thresholds.QUEUED_SHARE:.0%} "
        "that wait for a connection: the first ones do, while the pool opens it.",
        "The log of the site names the view and the error of each by the id that stands on the page of the error.",
        bars=[
            ShareBar(label, value / whole, count(round(value)), BAD if label == "5xx" else "")
            for label, value in answers.items()
            if whole
        ],
        is_judged=bool(whole),
    )
