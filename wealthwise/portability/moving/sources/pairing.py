"""The two sides of a transfer found in rows of single accounts."""

from collections import defaultdict
from collections.abc import Callable
from itertools import count

from wealthwise.portability.moving.sources.model import SourceLedger, SourceRow

DAYS_APART = 5


def pair(
    ledger: SourceLedger, candidates: list[SourceRow], other_of: Callable[[SourceRow], str] | None = None
) -> list[SourceRow]:
    """Join rows of opposite amounts in two accounts, the nearest days first; returns those that stay alone.

    ``other_of`` names the account of the other side. A row that it does not name is only joined where no second one
    could be meant as well: a wrong guess would be spending that nobody sees.
    """
    numbers = count(1)
    waiting = defaultdict[tuple[str, str], list[SourceRow]](list)
    alone = list[SourceRow]()
    for row in candidates:
        waiting[row.account if other_of else "", f"{row.amount:.2f}"].append(row)
    for row in sorted((each for each in candidates if each.amount < 0), key=lambda each: each.day):
        there = waiting[other_of(row) if other_of else "", f"{-row.amount:.2f}"]
        near = [
            each
            for each in there
            if not each.transfer
            and each.account != row.account
            and abs((each.day - row.day).days) <= DAYS_APART
            and (other_of is None or other_of(each) == row.account)
        ]
        if not near:
            continue
        nearest = min(near, key=lambda each: abs((each.day - row.day).days))
        apart = abs((nearest.day - row.day).days)
        if other_of is None and len({each.account for each in near if abs((each.day - row.day).days) == apart}) > 1:
            continue
        row.transfer = nearest.transfer = f"pair {next(numbers)}"
    for row in candidates:
        if not row.transfer:
            alone.append(row)
    return alone


def name_transfers(ledger: SourceLedger) -> None:
    """Words for sides of transfers that have none of their own."""
    sides = defaultdict[str, list[SourceRow]](list)
    for row in ledger.rows:
        if row.transfer:
            sides[row.transfer].append(row)
    for legs in sides.values():
        for leg, other in zip(legs, reversed(legs), strict=True):
            if not leg.payee:
                way = "to" if leg.amount < 0 else "from"
                leg.payee = f"Transfer {way} {ledger.accounts[other.account].name}"
