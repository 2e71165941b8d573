"""The front page: what needs attention, today's figures, and what was done last."""

from typing import Any

from django.http import HttpRequest

from wealthwise.console.front import alarms
from wealthwise.console.front.attention import notices
from wealthwise.console.front.usage import figures
from wealthwise.console.jobs import runner
from wealthwise.console.models import ConsoleLog


def context(request: HttpRequest) -> dict[str, Any]:
    """Users without the right to see health get the figures and the menu only."""
    can_see = request.user.has_perm("ops.view_health")
    may_read_log = request.user.has_perm("ops.view_consolelog")
    if can_see:
        runner.close_lost()
    since = alarms.since() if can_see else {}
    return {
        "subtitle": None,
        "sees_health": can_see,
        "notices": [(notice, since.get(notice.key)) for notice in notices()] if can_see else [],
        "figures": figures(),
        "last_actions": list(ConsoleLog.objects.order_by("-id")[:5]) if may_read_log else [],
    }
