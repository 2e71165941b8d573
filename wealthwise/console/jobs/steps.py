"""What each kind of job does, step by step. Nothing here knows of requests or of who asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from transactions.summaries import upkeep
from wealthwise.core.errors import DomainError
from wealthwise.operations import maintenance

SHOWN = 20  # differences named in a result


class Failure(DomainError):
    """The work ended and did not succeed; the message says why."""


@dataclass(frozen=True, slots=True)
class JobStep:
    """How far the work is; ``note`` is its result as far as known."""

    done: int
    total: int
    note: str = ""


def steps_of(kind: str, target: str) -> Iterator[JobStep]:
    """Do the work of ``kind``, yielding after each step. Raises Failure."""
    if kind == "refresh":
        return _refresh()
    if kind == "check":
        return _check(repair=False)
    if kind == "repair":
        return _check(repair=True)
    return _maintain(kind, target)


def _refresh() -> Iterator[JobStep]:
    yield JobStep(0, 1)
    run = upkeep.refresh_spending_view()
    if run is None or run.finished_at is None:
        raise Failure("Another refresh was going on already; nothing was done.")
    took = (run.finished_at - run.started_at).total_seconds()
    yield JobStep(1, 1, f"{run.row_count:,} rows in {took:.1f} s.")


def _check(*, repair: bool) -> Iterator[JobStep]:
    """Compare every derived number with the ledger, user by user; a self-check that finds something fails."""
    batches = list(upkeep.people())
    found: list[upkeep.Drift] = []
    for number, batch in enumerate(batches):
        found += upkeep.drift_of(batch)
        yield JobStep(number + 1, len(batches) + 1)
    view_differs = bool(upkeep.view_differs())
    people = sorted({drift.user_id for drift in found})
    if repair:
        for user_id in people:
            upkeep.repair(user_id=user_id)
        if view_differs:
            upkeep.refresh_spending_view()
    elif people or view_differs:
        raise Failure(_told(people, view_differs=view_differs))
    checked = f"{sum(map(len, batches)):,} people checked"
    note = f"{checked}, {len(people):,} repaired." if repair else f"{checked}: everything equals the ledger."
    yield JobStep(len(batches) + 1, len(batches) + 1, note)


def _told(people: list[int], *, view_differs: bool) -> str:
    """Whose numbers differ, by id. Which amounts is for `manage.py check_summaries`, not for a page."""
    parts = []
    if people:
        more = f" and {len(people) - SHOWN:,} more" if len(people) > SHOWN else ""
        parts.append(f"Derived numbers of {len(people):,} people differ: {', '.join(map(str, people[:SHOWN]))}{more}.")
    if view_differs:
        parts.append("The spending view differs from the ledger as of its last refresh.")
    return " ".join(parts)


def _maintain(action: str, table: str) -> Iterator[JobStep]:
    try:
        steps = maintenance.plan(connection, action, table or None)
        yield JobStep(0, len(steps))
        failed, spent = [], 0.0
        for number, result in enumerate(maintenance.run(connection, steps), start=1):
            spent += result.milliseconds
            if result.outcome == maintenance.FAILED:
                failed.append(f"{result.target}: {result.note}")
            yield JobStep(number, len(steps), f"{number} steps in {spent / 1000:,.1f} s.")
    except maintenance.MaintenanceError as error:
        raise Failure(str(error)) from error
    if failed:
        raise Failure(f"{len(failed)} of {len(steps)} steps failed: {'; '.join(failed[:5])}")
