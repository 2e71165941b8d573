"""What users read about bulk changes. Counts are of rows of the list."""

from transactions.bulk.edits import PutBack
from transactions.bulk.statements import ChangeCounts, Restored
from transactions.models.bulk_actions import BulkAction
from wealthwise.core.locales import counted, show_count


def transactions(count: int) -> str:
    return counted(count, "transaction")


def sides(count: int) -> str:
    return counted(count, "side of a transfer", "sides of transfers")


def _be(count: int, *, past: bool = False) -> str:
    return ("was" if count == 1 else "were") if past else ("is" if count == 1 else "are")


def moved(found: ChangeCounts, kind: str, name: str) -> str:
    """Such as "214 transactions moved to Groceries. 6 were there already."."""
    there = found.matched - found.transfers - found.changed
    parts = [f"{transactions(found.changed) if found.changed else 'Nothing'} moved to {name}."]
    if there:
        parts.append(f"{show_count(there)} {_be(there, past=True)} there already.")
    if found.parts:
        parts.append(f"With them went {_rest(found.parts)}.")
    if found.transfers:
        parts.append(f"Left alone: {sides(found.transfers)}, {_why(kind, found.transfers)}.")
    if not found.matched:
        parts.append("What you selected is no longer there.")
    return " ".join(parts)


def _why(kind: str, count: int) -> str:
    has = "has" if count == 1 else "have"
    return f"which {has} no category" if kind == BulkAction.Kind.RECATEGORISE else "whose accounts belong together"


def _rest(count: int) -> str:
    return f"{counted(count, 'part', 'parts')} of splits that you had not selected"


def tagged(found: ChangeCounts, name: str, *, is_on: bool) -> str:
    """Such as "12 transactions tagged Journey. 3 were left as they are."."""
    what = transactions(found.changed) if found.changed else "Nothing"
    rest = found.matched - found.changed
    parts = [f"{what} tagged {name}." if is_on else f"The tag {name} taken off {what[:1].lower()}{what[1:]}."]
    if rest:
        parts.append(f"{show_count(rest)} {_be(rest, past=True)} left as {'it was' if rest == 1 else 'they were'}.")
    return " ".join(parts)


def others(count: int) -> str:
    return "the other side of a transfer" if count == 1 else f"the other sides of {show_count(count)} transfers"


def deleted(found: ChangeCounts) -> str:
    """Such as "14 transactions deleted, and the other sides of 2 transfers."."""
    if not found.changed:
        return "Nothing deleted. What you selected is no longer there."
    along = found.changed - found.matched
    parts = f" With them went {_rest(found.parts)}." if found.parts else ""
    return f"{transactions(found.matched)} deleted{f', and {others(along)}' if along else ''}.{parts}"


def stale(seen: int, matched: int) -> str:
    change = f"{transactions(matched)} {'matches' if matched == 1 else 'match'} now"
    return f"{change}, and not {show_count(seen)} as when you looked. Nothing was changed."


def moved_back(result: Restored) -> str:
    """Such as "… 2 were left as they are, changed since: “Rent”, “Fuel”. 1 was deleted since."."""
    parts, changed = [_undone(result)], result.changed
    gone = result.kept - result.back - changed
    if changed:
        stay = f"{show_count(changed)} {_be(changed, past=True)} left as {'it is' if changed == 1 else 'they are'}"
        parts.append(f"{stay}, changed since: {_named(result, changed)}.")
    if gone:
        parts.append(f"{show_count(gone)} {_be(gone, past=True)} deleted since.")
    return " ".join(parts)


def brought_back(result: Restored) -> str:
    left = result.kept - result.back
    parts = [_undone(result)]
    if result.bare:
        parts.append(f"{show_count(result.bare)} {_be(result.bare)} uncategorised now, since the subcategory is gone.")
    if left:
        parts.append(
            f"{show_count(left)} stayed away: {_named(result, left)}. The import was reverted or repeated since."
        )
    return " ".join(parts)


def _named(result: Restored, count: int) -> str:
    """The first few by name, and how many more there are."""
    more = count - len(result.names)
    return ", ".join(f"“{name}”" for name in result.names) + (f" and {show_count(more)} more" if more else "")


def deleted_one(name: str, found: ChangeCounts) -> str:
    along = ", with all its parts" if found.parts else ", and the other side of the transfer"
    return f"Deleted “{name}”{along if found.changed + found.parts > 1 else ''}."


def put_back(result: PutBack) -> str:
    if result.is_back:
        bare = " It is uncategorised now, since the subcategory is gone." if result.is_bare else ""
        return f"Undone: “{result.name}” is as before.{bare}"
    why = "deleted since" if result.is_gone else "changed since, and stays as it is"
    return f"Undone, but nothing came back: “{result.name}” was {why}."


def _undone(result: Restored) -> str:
    if not result.back:
        return "Undone, but nothing came back."
    if result.back == result.kept:
        return f"Undone: {transactions(result.back)} {_be(result.back)} back as before."
    back, kept = show_count(result.back), show_count(result.kept)
    return f"Undone: {back} of {kept} transactions are back as before."
