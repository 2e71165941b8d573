"""Descriptions from a person's own history while one is typed, each with what goes with it usually, and why.

What a description is filed under is answered by `suggestions` alone, so that entry and import never differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from accounts.models import User
from accounts.models.cached_user import account_names
from transactions.rules.suggestions import Wanted, reasons, suggest
from wealthwise.postgres.sql import rows_of

MOST: Final = 8
WINDOW: Final = 5000  # rows that are looked through, the latest first

# The top of idx_transaction_covering, index-only and bounded, however long the history is. Each word typed stands
# somewhere in the description; what was used most comes first, each as its last row has it.
_COMPLETED: Final = """
    WITH near AS MATERIALIZED (
        SELECT description, account_id, amount, row_number() OVER () AS place FROM (
            SELECT description, account_id, amount, transfer_id FROM transaction WHERE user_id = %(user)s
            ORDER BY transaction_date DESC, id DESC LIMIT %(window)s
        ) t WHERE transfer_id IS NULL AND lower(description) LIKE ALL (%(shapes)s::text[])
    )
    SELECT n.description, n.account_id, n.amount, t.uses
    FROM (SELECT count(*) AS uses, min(place) AS place FROM near GROUP BY lower(description)
          ORDER BY 1 DESC, 2 LIMIT %(most)s) t JOIN near n ON n.place = t.place
    ORDER BY t.uses DESC, t.place
"""
# The last row of a description, by idx_transaction_user_words.
_LAST: Final = """
    SELECT t.description, t.account_id, t.amount FROM (
        SELECT description, account_id, amount, transaction_date, id FROM transaction
        WHERE user_id = %(user)s AND lower(description) = lower(%(text)s) AND transfer_id IS NULL OFFSET 0
    ) t ORDER BY t.transaction_date DESC, t.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Completion:
    """A description as it was written last, with what goes with it: None where nothing does.

    ``account_id`` and ``amount``, with its sign, are those of the last row; ``uses`` counts the rows looked through.
    ``reason`` is why the subcategory is, as the end of a sentence.
    """

    description: str
    uses: int = 0
    subcategory_id: int | None = None
    account_id: int | None = None
    amount: Decimal | None = None
    reason: str = ""


def complete(user: User, text: str, typed: Wanted | None = None) -> list[Completion]:
    """Descriptions that hold each word of ``text``, the most used first. ``typed`` is what else is known."""
    shapes = [f"%{_escaped(word)}%" for word in text.lower().split()]
    if not shapes:
        return []
    found = rows_of(_COMPLETED, user=user.pk, shapes=shapes, window=WINDOW, most=MOST)
    last = _last(user, found)
    known = typed or Wanted("")
    return _answers(user, [known._replace(description=row.description) for row in last], last)


def answer(user: User, wanted: Wanted) -> Completion:
    """What goes with one description."""
    found = rows_of(_LAST, user=user.pk, text=wanted.description) or [(wanted.description, None, None)]
    return _answers(user, [wanted], _last(user, [(*found[0], 0)]))[0]


def _answers(user: User, wanted: Sequence[Wanted], last: Sequence[Completion]) -> list[Completion]:
    """The ``last`` rows with what they are filed under."""
    found = suggest(user, wanted)
    why = reasons(user, found)
    filings = [(found.get(row), why.get(row, "")) for row in wanted]
    return [
        replace(each, subcategory_id=filing.subcategory_id, reason=reason) if filing else each
        for each, (filing, reason) in zip(last, filings, strict=True)
    ]


def _last(user: User, rows: Sequence[tuple[str, int | None, Decimal | None, int]]) -> list[Completion]:
    """Rows as completions; an account that was closed since is none."""
    still_open = {account.id for account in account_names(user) if account.is_active}
    return [
        Completion(text, uses, account_id=account if account in still_open else None, amount=amount)
        for text, account, amount, uses in rows
    ]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
