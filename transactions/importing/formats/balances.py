"""Balances that stand in a statement around its rows: do the rows lead from the one to the other?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from transactions.importing.formats.rows import RowNote, StatedBalance, StatementRow
from wealthwise.core.days import ONE_DAY
from wealthwise.core.locales import counted, show_day
from wealthwise.core.money import ZERO, format_typed


@dataclass(slots=True)
class Page:
    """One statement of an account: what was there before its rows and after them, as far as it says.

    One that is ``interim`` at an end is continued there on the same day, so that end is not the end of a day.
    """

    opening: StatedBalance | None = None
    closing: StatedBalance | None = None
    is_opening_interim: bool = False
    is_closing_interim: bool = False
    total: Decimal = ZERO
    first_day: date | None = None
    errors: int = 0

    def add(self, rows: Sequence[StatementRow], errors: int) -> None:
        """What stands between the two."""
        self.total = sum((row.amount for row in rows), ZERO)
        self.first_day = min((row.booked_on for row in rows), default=None)
        self.errors = errors

    @property
    def missing(self) -> Decimal:
        """What the closing balance has that the opening one and the rows do not."""
        return self.closing.amount - self.opening.amount - self.total if self.opening and self.closing else ZERO


def balances_of(pages: Sequence[Page]) -> list[StatedBalance]:
    """Each at the end of a day, oldest first, the last word where a day has several.

    Banks date an opening balance with the day that it opens or with the day before; it stands before the first row.
    """
    found: dict[date, Decimal] = {}
    for page in pages:
        if page.opening and page.first_day and not page.is_opening_interim:
            found.setdefault(min(page.opening.day, page.first_day - ONE_DAY), page.opening.amount)
        if page.closing and not page.is_closing_interim:
            found[page.closing.day] = page.closing.amount
    return [StatedBalance(day, amount) for day, amount in sorted(found.items())]


def notes_of(pages: Sequence[Page]) -> list[RowNote]:
    """Where a statement was cut, and where one is missing between two."""
    notes = [RowNote(0, _cut(page)) for page in pages if page.missing]
    whole = [(page.opening, page.closing) for page in pages if page.opening and page.closing]
    ordered = sorted(whole, key=lambda page: (page[0].day, page[1].day))
    if len({opening.day for opening, _ in ordered}) == len(ordered):
        notes += [
            RowNote(
                0,
                f"The file has {shown(one.amount)} at the end of {show_day(one.day)} and goes on with "
                f"{shown(other.amount)} on {show_day(other.day)}: a statement between them is missing.",
            )
            for (_, one), (other, _) in pairwise(ordered)
            if one.amount != other.amount
        ]
    return notes


def proof_of(pages: Sequence[Page]) -> str:
    """That the rows lead from the opening to the closing balance, in every statement that has rows."""
    used = [page for page in pages if page.first_day]
    if not used or not all(page.opening and page.closing and not page.missing for page in used):
        return ""
    return "The amounts lead from the bank's opening balance to its closing balance."


def _cut(page: Page) -> str:
    unread = f", and {counted(page.errors, 'row')} could not be read" if page.errors else ": it may be cut"
    opening, closing = (shown(end.amount) for end in (page.opening, page.closing) if end)
    return (
        f"The file begins with {opening} and ends with {closing}, and its rows do not lead there. "
        f"{shown(page.missing)} is missing{unread}."
    )


def shown(amount: Decimal) -> str:
    return format_typed(amount, "", groups=True)
