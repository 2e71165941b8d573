"""What a period brings forward: the amount typed for it, and what its policy takes over from the one before.

The balance of the period before is never stored: a booking that comes in late changes what every later
period brings forward. See docs/decisions/0009-brought-forward.md.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import DecimalField, F, Func

from wealthwise.core.money import ZERO

if TYPE_CHECKING:
    from accounts.models import User
    from budgets.models import BudgetPeriod

NONE = "none"


def carried_column() -> Func:
    """For a query of periods: what each takes over, worked out by the database function budget_carried."""
    money: Any = DecimalField(max_digits=20, decimal_places=2)
    return Func(F("user_id"), F("pk"), function="budget_carried", output_field=money)


def carried_into(user: "User", period: "BudgetPeriod") -> Decimal:
    """What ``period`` takes over; no statement when it was read ``with_budget`` or takes nothing over."""
    if period.budget.carry_over == NONE:
        return ZERO
    known: Decimal | None = getattr(period, "carried", None)
    if known is None:
        found = type(period).objects.for_user(user).with_budget().get(pk=period.pk)
        known = found.carried
    return known
