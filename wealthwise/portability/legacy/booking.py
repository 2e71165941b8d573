"""What happened: the ledger, loaded by one COPY."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from accounts.models import User
from transactions.models import Transaction
from wealthwise.portability.legacy.people import Carried
from wealthwise.portability.legacy.source import Row
from wealthwise.portability.legacy.values import dating, money, text
from wealthwise.postgres.copy import copy_rows

_COLUMNS: Final = (
    "user", "subcategory", "amount", "description", "comment", "booked_on", "booked_time", "transaction_date",
)  # fmt: skip


def carry_transactions(found: Carried, rows: Iterable[tuple[Row, User]]) -> None:
    """Two equal rows both stay: nobody can tell whether the second was meant."""
    found.report.carried["transactions"] = copy_rows(Transaction, _COLUMNS, _values(found, rows))


def _values(found: Carried, rows: Iterable[tuple[Row, User]]) -> Iterator[tuple[Any, ...]]:
    for row, user in found.one_by_one("transaction", rows):
        report, where = found.report, f"transaction {row['id']}"
        amount = money(row["amount"], report, where)
        if amount is None:
            report.left("transactions whose amount is no number or too large", where)
            continue
        dated = dating(row["transaction_date"], found.zone(user), report, where)
        if dated is None:
            report.left("transactions without a day that can be read", where)
            continue
        description = text(row.get("description"), 200, report, where)
        if not description:
            report.repaired("transactions without a description named", "")
        comment = text(row.get("comment"), 500, report, where)
        yield (
            user.pk,
            _subcategory_id(row, user, found),
            amount,
            description or "No description",
            comment,
            *dated,
        )


def _subcategory_id(row: Row, user: User, found: Carried) -> int | None:
    """The user's own; what pointed nowhere or at somebody else's becomes uncategorised."""
    subcategory = found.subcategories.get(row["subcategory_id"])
    if subcategory is not None and subcategory.user_id == user.pk:
        return int(subcategory.pk)
    found.report.repaired("transactions filed nowhere or under another's subcategory", f"transaction {row['id']}")
    return None
