"""What a description was filed under before, with the reason in words."""

from collections import Counter
from dataclasses import dataclass

from transactions.models.querysets import TransactionQuerySet

LAST = 20  # bookings of the same description that are looked at


@dataclass(frozen=True, slots=True)
class FilingSuggestion:
    """``subcategory`` is None, and the reason empty, when the description was never filed."""

    subcategory: int | None
    reason: str


def suggest(mine: TransactionQuerySet, description: str) -> FilingSuggestion:
    """The subcategory most used by the last bookings of a description, the later one of two equal."""
    used = mine.subcategories_used_for(description, LAST)
    if not used:
        return FilingSuggestion(None, "")
    # Counter keeps the order of first sight, and those are newest first.
    best, uses = Counter(used).most_common(1)[0]
    return FilingSuggestion(best, _reason(uses, len(used), description.strip()))


def _reason(uses: int, of: int, description: str) -> str:
    if of == 1:
        return f"as in your one “{description}” before"
    if uses == of:
        return f"as in your last {of} “{description}”"
    return f"as in {uses} of your last {of} “{description}”"
