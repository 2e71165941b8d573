"""What the rules would change in the history, and the rows of one change of it.

A row is filed anew where the first rule that holds has another subcategory, unless a person chose: what is filed, and
not as it was filed without being asked for, stays, and so does what a person took out of it. So do transfers.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from accounts.models import User
from transactions.bulk.filing import FiledRow
from transactions.models.cached_names import Names
from transactions.rules.matching import FIRST, RULES
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of

ROWS_SHOWN: Final = 50

_STAYS: Final = "t.subcategory_id IS DISTINCT FROM t.filed_as_id"
_CHANGES: Final = """
    t.transfer_id IS NULL AND f.subcategory_id IS DISTINCT FROM t.subcategory_id
    AND (%(rule)s::integer IS NULL OR f.id = %(rule)s)
"""
# One pass over the person's rows: what it comes to, and a page of the rows, the latest first.
_DIFFERENCE: Final = """
    WITH {rules},
    found AS MATERIALIZED (
        SELECT t.id, t.booked_on, t.transaction_date, t.amount, t.description, t.subcategory_id AS before,
               f.subcategory_id AS after, f.id AS by, {stays} AS stays
        FROM transaction t {first} WHERE t.user_id = %(user)s AND {changes}
    )
    SELECT by, before, after, stays, count(*), sum(amount), NULL::bigint, NULL::date, NULL
    FROM found GROUP BY 1, 2, 3, 4
    UNION ALL
    (SELECT by, before, after, stays, 1, amount, id, booked_on, description
     FROM found WHERE NOT stays
     ORDER BY booked_on DESC, transaction_date DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s)
"""
_HELD: Final = """
    WITH {rules}
    SELECT t.id, t.subcategory_id, t.filed_as_id, t.rule_id, f.subcategory_id, f.id
    FROM transaction t {first} WHERE t.user_id = %(user)s AND {changes} AND NOT ({stays})
    ORDER BY t.id FOR NO KEY UPDATE OF t
"""


_PARTS: Final = {"{rules}": RULES, "{first}": FIRST, "{stays}": _STAYS, "{changes}": _CHANGES}


class ChangedRow(NamedTuple):
    """A row that would be filed anew."""

    by: int
    before: int | None
    after: int
    amount: Decimal
    id: int
    booked_on: date
    description: str


class Move(NamedTuple):
    """How many rows go from one subcategory to another by one rule, and what they add up to."""

    by: int
    before: int | None
    after: int
    number: int
    total: Decimal


@dataclass(slots=True)
class RulesDifference:
    """What would change; ``by_hand`` rows would too, and stay since a person filed them."""

    moves: list[Move] = field(default_factory=list)
    rows: list[ChangedRow] = field(default_factory=list)
    by_hand: int = 0
    page: int = 1

    @property
    def count(self) -> int:
        return sum(move.number for move in self.moves)

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS_SHOWN + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def difference(user: User, *, rule_id: int | None = None, page: int = 1) -> RulesDifference:
    """What applying the rules would change, or what one of them would where it comes first."""
    paged = {"limit": ROWS_SHOWN, "offset": (page - 1) * ROWS_SHOWN}
    found = RulesDifference(page=page)
    for by, before, after, stays, count, total, pk, day, text in rows_of(
        _whole(_DIFFERENCE), user=user.pk, rule=rule_id, **paged
    ):
        if pk is not None:
            found.rows.append(ChangedRow(by, before, after, total, pk, day, text))
        elif stays:
            found.by_hand += count
        else:
            found.moves.append(Move(by, before, after, count, total))
    found.moves.sort(key=lambda move: -move.number)
    return found


def held(user: User, *, rule_id: int | None = None) -> list[FiledRow]:
    """The rows that would change, locked in the order of their ids."""
    return [FiledRow(*row) for row in rows_of(_whole(_HELD), user=user.pk, rule=rule_id)]


def _whole(statement: str) -> str:
    for name, part in _PARTS.items():
        statement = statement.replace(name, part)
    return statement


def turning(moves: list[Move], names: Names) -> dict[str, tuple[int, Decimal]]:
    """Rows that would count as spending or income and are the other now: count and sum by the kind they would have."""
    income, turned = set(names.of_kind("income")), dict[str, tuple[int, Decimal]]()
    for move in moves:
        if move.before is not None and (move.before in income) != (move.after in income):
            kind = "income" if move.after in income else "expense"
            count, total = turned.get(kind, (0, ZERO))
            turned[kind] = (count + move.number, total + move.total)
    return turned
