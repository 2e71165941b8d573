"""What a statement file becomes: rows, the errors of rows, notes."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from wealthwise.core.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
DESCRIPTION_LENGTH = 200
COMMENT_LENGTH = 500
BANK_ID_LENGTH = 255


class StatementError(DomainError):
    """The file as a whole cannot be read; the message is ready for a person."""


class UnreadableValue(Exception):
    """One value of one row cannot be read; the message is the reason of that row's `RowError`."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One transaction. `amount` has two decimals, negative for an expense; `line` is where the file has it.

    `line` is the physical line of a CSV file (of the first one, where quotes span several) and the ordinal
    of the transaction in an OFX file. `bank_id` is the bank's own identifier (FITID), empty without one. `category` is
    what the file files it under, with a colon between the levels; `tags` are names with commas between them.
    """

    line: int
    booked_on: date
    amount: Decimal
    description: str
    comment: str
    bank_id: str = ""
    category: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out: where, why (for a user), and what it said (at most 200 characters)."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class RowNote:
    """A repair that a user should know of. Line 0 speaks of the file as a whole."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class StatedBalance:
    """What the file says that the account held at the end of a day."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything one file said. `account_hint` never holds more than the last four digits.

    ``proof`` says how many rows the file's own balances prove; ``left_out`` is how many records were no bookings.
    ``pending`` are those of them that the bank has not booked yet, or did not book, where they can be read.
    ``fingerprints`` are those of the rows and the pending ones, of a statement that was kept.
    """

    rows: list[StatementRow]
    errors: list[RowError]
    account_hint: str
    currency: str
    notes: list[RowNote] = field(default_factory=list)
    balances: list[StatedBalance] = field(default_factory=list)
    proof: str = ""
    left_out: int = 0
    pending: list[StatementRow] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list, compare=False)


def check_size(data: bytes) -> None:
    """Raise StatementError for a file that is empty or larger than 20 MB."""
    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise StatementError("The file is empty.")
    if len(data) > MAX_BYTES:
        raise StatementError("The file is larger than 20 MB. Export a shorter range of dates.")
