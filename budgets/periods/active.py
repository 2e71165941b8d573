"""Which period a user is in, and what it says about the others: from all periods, cached, as of today where they live.

The active period is one that contains today. Where several types do, it is of the type that the user chose last by
hand, or else of the one that they began with first. `settle_active` brings the rows to it: whoever reads first on a
new day does so, and `manage.py switch_periods`, so pages and rows agree whichever comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import DEFAULT_DB_ALIAS
from django.db.models import FETCH_RAISE

from accounts.models import User
from budgets.models import BudgetPeriod, CycleKind, PeriodType
from budgets.models.cached_periods import COLUMNS, PERIODS
from budgets.periods.following import Coming, coming_after
from budgets.periods.services import settle_active
from wealthwise.core.days import today_of


@dataclass(frozen=True, slots=True)
class EndedPeriod:
    """A period that is over and that no other of its type follows, and what would follow."""

    period: BudgetPeriod
    coming: Coming


@dataclass(frozen=True, slots=True)
class Standing:
    """``current`` is the active period; without one the last that began, or else the first that will.

    ``before`` is its real predecessor, the latest of its type that ended before it began. ``ended`` are those that
    wait for a successor, the type that comes first for the user first.
    """

    current: BudgetPeriod | None = None
    before: BudgetPeriod | None = None
    ended: list[EndedPeriod] = field(default_factory=list)

    @property
    def active(self) -> BudgetPeriod | None:
        return self.current if self.current and self.current.is_active else None


def standing_of(user: User) -> Standing:
    """As of today; no statement while the periods are cached and the rows say the same."""
    rows = PERIODS.get(user.pk)
    periods = [BudgetPeriod.from_db(DEFAULT_DB_ALIAS, COLUMNS, row, fetch_mode=FETCH_RAISE) for row in rows]
    return standing_among(user, periods)


def standing_among(user: User, periods: list[BudgetPeriod]) -> Standing:
    """As `standing_of`, of all ``periods`` of the user as they were just read; marks the active one among them."""
    today = today_of(user)
    order = _types_in_order(periods)
    inside = [period for period in periods if period.start_date <= today <= period.end_date]
    active = min(inside, key=lambda period: order.index(period.period_type), default=None)
    if [period for period in periods if period.is_active] != ([active] if active else []):
        settle_active(user=user, today=today)
        for period in periods:
            period.is_active = period is active
    current = active or _nearest(periods, today)
    before = next((p for p in periods if current and precedes(p, current)), None)
    return Standing(current, before, _without_successor(periods, order, today))


def current_period(user: User) -> BudgetPeriod | None:
    """The active period, or else the nearest, which tells "no period yet" from "no active period"."""
    return standing_of(user).current


def _types_in_order(periods: Iterable[BudgetPeriod]) -> list[str]:
    """Types as they come first for a user: those chosen by hand, the last choice first, then as they were begun."""
    chosen: dict[str, datetime] = {}
    begun: dict[str, int] = {}
    for period in periods:
        kind = period.period_type
        begun[kind] = min(period.pk, begun.get(kind, period.pk))
        if period.chosen_at:
            chosen[kind] = max(period.chosen_at, chosen.get(kind, period.chosen_at))
    by_choice = sorted(chosen, key=lambda kind: chosen[kind], reverse=True)
    return by_choice + sorted((kind for kind in begun if kind not in chosen), key=lambda kind: begun[kind])


def _nearest(periods: list[BudgetPeriod], today: date) -> BudgetPeriod | None:
    """The last that began, or else the first that will; ``periods`` are the latest first."""
    begun = (period for period in periods if period.start_date <= today)
    return next(begun, periods[-1] if periods else None)


def precedes(earlier: BudgetPeriod, period: BudgetPeriod) -> bool:
    """Whether it is of the same type and ended before the other began."""
    return earlier.period_type == period.period_type and earlier.end_date < period.start_date


def _without_successor(periods: list[BudgetPeriod], order: list[str], today: date) -> list[EndedPeriod]:
    """Of the type that comes first always; of another only while it is no longer over than it lasted."""
    found = []
    for kind in order:
        last = next(period for period in periods if period.period_type == kind)
        over, lasted = (today - last.end_date).days, (last.end_date - last.start_date).days + 1
        once = kind == PeriodType.CUSTOM and last.cycle in (CycleKind.UNKNOWN, CycleKind.DAYS)
        if over > 0 and (kind == order[0] or (over <= lasted and not once)):
            coming = coming_after(last, periods)
            if coming:
                found.append(EndedPeriod(last, coming))
    return found
