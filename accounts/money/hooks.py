"""What apps built on this one tell about accounts: they append to these lists in their ``ready()``."""

from decimal import Decimal
from typing import Protocol

from accounts.models import User


class MonthEnds(Protocol):
    def __call__(self, user: User, *, months: int) -> dict[int, list[Decimal]]:
        """The balance of each account, by id, at the ends of the last ``months - 1`` months, and today."""


month_ends: list[MonthEnds] = []
"""The ledger's answer; without one, accounts show no past."""


def past_balances(user: User, *, months: int) -> dict[int, list[Decimal]]:
    """Month ends and today by account id; nothing when no app knows them."""
    return month_ends[0](user, months=months) if month_ends else {}
