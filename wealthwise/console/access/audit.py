"""The log of what staff did. Every action of the console writes its entry in the transaction of its effect."""

from typing import Any

from accounts.models import User
from wealthwise.console.models import ConsoleLog
from wealthwise.operations.telemetry import context


def record(
    *,
    actor: User,
    action: str,
    target: str = "",
    person: User | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> ConsoleLog:
    """Write one entry. ``before`` and ``after`` hold states and counts, never amounts, texts or addresses."""
    return ConsoleLog.objects.create(
        actor=actor.username,
        actor_uuid=actor.uuid,
        action=action,
        target=target[:100],
        person_uuid=person.uuid if person else None,
        reason=reason.strip()[:300],
        before=before or {},
        after=after or {},
        request_id=context.request_id.get(),
    )
