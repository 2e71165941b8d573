"""What a period brings forward: the amount typed for it, and what its policy takes over from the one before.

The balance of the period before is never stored: a booking that comes in late changes what every later
period brings forward. See docs/decisions/0009-brought-forward.md.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from wealthwise.postgres.sql import value_of

if TYPE_CHECKING:
    from accounts.models import User


def carried_into(user: "User", period_id: int) -> Decimal:
    """What a period takes over; pages have it from the statement that reads their lines."""
    found: Decimal = value_of("SELECT budget_carried(%(user)s, %(period)s)", user=user.pk, period=period_id)
    return found
