"""The identity of a statement row, by which importing a file twice adds nothing.

A fingerprint alone would lose the second of two equal coffees on one day, so that equal rows of one file are
numbered too. The pair (fingerprint, occurrence) is unique per account.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator

from transactions.importing.formats.rows import StatementRow

# No cleaned text can hold it, so ("a", "bc") and ("ab", "c") never meet.
_SEPARATOR = "\x1f"


def fingerprint(row: StatementRow) -> str:
    """32 hexadecimal characters over day, amount, description (whatever its case and spacing) and bank id.

    The line and the comment do not count: the same transaction moves down a list as newer ones come.
    """
    text = row.description
    words = " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold().split())
    parts = [row.booked_on.isoformat(), f"{row.amount:.2f}", words]
    if row.bank_id:
        parts.append(row.bank_id)
    return hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()[:32]


def numbered(rows: Iterable[StatementRow]) -> Iterator[tuple[str, int]]:
    """(fingerprint, which one it is from 1 among the rows of equal fingerprint) of each row, in the order given."""
    return counted_keys(map(fingerprint, rows))


def counted_keys[Key](keys: Iterable[Key]) -> Iterator[tuple[Key, int]]:
    """Each key with which one it is, from 1, among equal ones."""
    seen: dict[Key, int] = {}
    for key in keys:
        seen[key] = number = seen.get(key, 0) + 1
        yield key, number
