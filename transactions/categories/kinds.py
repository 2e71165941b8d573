"""What a change would turn from spending into income, or the other way round: said with figures before it is done."""

from typing import Final

from accounts.models import User
from transactions.models import Category
from wealthwise.core.errors import AskFirst
from wealthwise.core.locales import counted
from wealthwise.core.money import format_money
from wealthwise.postgres.sql import first_row

# By idx_transaction_user_subcategory_date; transfers are neither.
_FILED: Final = """
    SELECT count(*), coalesce(sum(t.amount), 0)
    FROM transaction t
    JOIN subcategory s ON s.user_id = t.user_id AND s.id = t.subcategory_id
    JOIN category c ON c.user_id = s.user_id AND c.id = s.category_id
    WHERE t.user_id = %(user)s AND t.subcategory_id = ANY(%(sources)s::integer[]) AND t.transfer_id IS NULL
      AND c.kind <> %(kind)s
"""


class TurnsKind(AskFirst):
    """Spending would count as income, or income as spending; the user has to agree to that."""


def ask_first(*, user: User, sources: list[int], kind: str) -> None:
    """Raise TurnsKind when something filed under ``sources`` would count as ``kind``, and does not yet."""
    count, total = first_row(_FILED, user=user.pk, sources=sources, kind=kind) or (0, 0)
    if count:
        raise TurnsKind(turning(count, format_money(total, user.currency), kind))


def turning(count: int, total: str, kind: str) -> str:
    """Such as "3 transactions, −$120.00 in all, would count as income and no longer as spending."."""
    now, then = ("spending", "income") if kind == Category.Kind.INCOME else ("income", "spending")
    return f"{counted(count, 'transaction')}, {total} in all, would count as {then} and no longer as {now}."
