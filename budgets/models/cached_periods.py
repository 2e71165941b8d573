"""All periods of a user, cached: nearly every page asks which one they are in, and they change once a month."""

from typing import Any, Final

from budgets.models import BudgetPeriod
from wealthwise.core.cache.packing import rows_type
from wealthwise.core.caching import CachedFact

COLUMNS: Final = tuple(column.attname for column in BudgetPeriod._meta.concrete_fields)


def _load(user_id: int) -> tuple[tuple[Any, ...], ...]:
    """The columns of all of them, the latest first; by budget_period_owner_key. A dozen more each year."""
    rows = BudgetPeriod.objects.filter(user_id=user_id).order_by("-start_date", "-id")
    return tuple(rows.values_list(*COLUMNS))


PERIODS = CachedFact("periods", _load, kind=lambda: rows_type(BudgetPeriod._meta.concrete_fields), version=2)
