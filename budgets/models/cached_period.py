"""The period that a user is in, cached: nearly every page asks for it, and it changes once a month."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import FETCH_RAISE

from accounts.models import User
from budgets.models import BudgetPeriod
from wealthwise.core.caching import CachedFact


def _load(user_id: int) -> tuple[Any, ...] | None:
    """Its columns; by idx_budget_period_user_active, or without an active one by budget_period_owner_key."""
    return BudgetPeriod.objects.filter(user_id=user_id).active_first().values_list().first()


ACTIVE = CachedFact("active period", _load)


def current_period(user: User) -> BudgetPeriod | None:
    """The active period, or else the latest, which tells "no period yet" from "no active period"."""
    columns = ACTIVE.get(user.pk)
    if columns is None:
        return None
    names = [field.attname for field in BudgetPeriod._meta.concrete_fields]
    return BudgetPeriod.from_db(DEFAULT_DB_ALIAS, names, columns, fetch_mode=FETCH_RAISE)


def active_period(user: User) -> BudgetPeriod | None:
    period = current_period(user)
    return period if period and period.is_active else None
