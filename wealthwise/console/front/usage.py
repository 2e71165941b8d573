"""How the service is used: a figure per day for the last 30 days, in the time zone of who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from wealthwise.operations.telemetry import active
from wealthwise.postgres.sql import rows_of

DAYS: Final = 30

# All users are read: those who were taken over from elsewhere came late with an early date.
_SIGN_UPS = """
SELECT (created_at AT TIME ZONE %(zone)s)::date, count(*) FROM "user" WHERE created_at >= %(start)s GROUP BY 1
"""
# Ids of imports are given in the order of time, so the walk down the primary key ends at the first that is too old.
_IMPORTS = """
SELECT (created_at AT TIME ZONE %(zone)s)::date, count(*), sum(new_count) FROM import_batch
WHERE id > coalesce((SELECT id FROM import_batch WHERE created_at < %(start)s ORDER BY id DESC LIMIT 1), 0)
  AND created_at >= %(start)s AND state = 'committed' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: ``values`` per day, the last is today; ``note`` says what else is known."""

    title: str
    values: Sequence[int]
    note: str

    @property
    def today(self) -> int:
        return self.values[-1]

    @property
    def label(self) -> str:
        return f"{self.title} per day in the last {DAYS} days: from {min(self.values)} to {max(self.values)}"


def figures() -> list[Figure]:
    """Sign-ups, imports and active users; one short statement each, and none for the last."""
    days = [timezone.localdate() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    sign_ups = _per_day(_SIGN_UPS, days)
    imports = _per_day(_IMPORTS, days)
    rows = sum(int(row[1]) for row in imports.values())
    people = active.per_day([timezone.now().date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)])
    joined = [int(sign_ups.get(day, (0,))[0]) for day in days]
    files = [int(imports.get(day, (0, 0))[0]) for day in days]
    return [
        Figure("Sign-ups", joined, f"{sum(joined):,} in {DAYS} days"),
        Figure("Imports", files, f"{sum(files):,} file{'' if sum(files) == 1 else 's'}, {rows:,} rows in {DAYS} days"),
        Figure("Active people", people, "signed in and at work; counted by the cache, in UTC days"),
    ]


def _per_day(sql: str, days: Sequence[date]) -> dict[date, tuple[Any, ...]]:
    start = datetime.combine(days[0], time(), tzinfo=timezone.get_current_timezone())
    found = rows_of(sql, zone=timezone.get_current_timezone_name(), start=start)
    return {day: tuple(counts) for day, *counts in found}
