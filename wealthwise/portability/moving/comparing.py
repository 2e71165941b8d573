"""Both sides of a move: what the other application says, and what the ledger says once it is in.

The one side is added up from what was read, the other by the database from the rows that are stored, so that nothing
is compared with itself.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from accounts.models import Account, User
from wealthwise.core.money import ZERO
from wealthwise.portability.moving.loading import Loaded
from wealthwise.portability.moving.report import MoveReport, SidesOf
from wealthwise.portability.moving.sources.model import Filing, SourceLedger
from wealthwise.postgres.sql import rows_of

MOST_NAMED: Final = 200
_UNFILED: Final = "Uncategorised"
# By uq_transaction_fingerprint; a few bytes a row are sent.
_FILED: Final = """
    SELECT to_char(t.booked_on, 'YYYY-MM'), t.subcategory_id, sum(t.amount) FROM transaction t
    JOIN unnest(%(fingerprints)s::uuid[], %(occurrences)s::integer[]) AS given(fingerprint, occurrence)
      ON given.fingerprint = t.fingerprint AND given.occurrence = t.occurrence
    WHERE t.user_id = %(user)s AND t.transfer_id IS NULL GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the source says, taken down before anything of it is set aside or rounded."""

    balances: dict[str, Decimal]
    filed: dict[tuple[str, Filing], Decimal]
    rows: int
    transfers: int
    splits: int

    @classmethod
    def of(cls, ledger: SourceLedger) -> "Theirs":
        transfers = Counter(row.transfer for row in ledger.rows if row.transfer)
        splits = {(row.account, row.split) for row in ledger.rows if row.split}
        return cls(ledger.stated(), ledger.filed(), len(ledger.rows), len(transfers), len(splits))


def report_of(user: User, ledger: SourceLedger, files: list[str], theirs: Theirs, loaded: Loaded) -> MoveReport:
    """Reads the ledger as it is now, in three statements."""
    report = MoveReport(ledger.source, files)
    _accounts(user, ledger, theirs, loaded, report)
    _filed(user, theirs, loaded, report)
    report.counts = {
        "rows in the file": theirs.rows,
        "rows added": loaded.new_rows,
        "rows that an earlier move brought or that you deleted": loaded.known_rows,
        "rows that your ledger had already, of the same account, day and amount": loaded.alike_rows,
        "transfers": theirs.transfers,
        "split bookings": theirs.splits,
        "accounts added": len(loaded.made.accounts),
        "categories added": len(loaded.made.categories),
        "subcategories added": len(loaded.made.subcategories),
        "tags added": len(loaded.made.tags),
        "months with a budget added": len(loaded.made.months),
    }
    report.no_place = {name: count for name, count in ledger.has_no_place.items() if count}
    report.notes = list(dict.fromkeys(ledger.notes))[:MOST_NAMED]
    report.made = loaded.made.to_dict()
    return report


def _accounts(user: User, ledger: SourceLedger, theirs: Theirs, loaded: Loaded, report: MoveReport) -> None:
    now = {
        account.pk: account
        for account in Account.objects.for_user(user).filter(pk__in={each.pk for each in loaded.places.values()})
    }
    for key, source in ledger.accounts.items():
        place = loaded.places.get(key)
        ours = now[place.pk] if place else None
        note = "set aside" if ours is None else "closed" if not ours.is_active else ""
        if ours and key in loaded.joined:
            note = f"into your account {ours.name}, which keeps its own opening balance"
        stated = f"{theirs.balances[key]:.2f}"
        report.accounts.append(SidesOf(source.name, stated, f"{ours.current_balance:.2f}" if ours else "", note))


def _filed(user: User, theirs: Theirs, loaded: Loaded, report: MoveReport) -> None:
    """Each category, each month, and each category in each month."""
    given, numbers = zip(*loaded.identities, strict=True) if loaded.identities else ((), ())
    fingerprints, occurrences = [str(each) for each in given], list(numbers)
    names = {each.pk: f"{each.category.name} / {each.name}" for each in loaded.filings.values()}
    ours = defaultdict[tuple[str, str], Decimal](Decimal)
    for month, subcategory, total in rows_of(_FILED, user=user.pk, fingerprints=fingerprints, occurrences=occurrences):
        ours[month, names.get(subcategory, _UNFILED if subcategory is None else "filed elsewhere")] += total
    said = defaultdict[tuple[str, str], Decimal](Decimal)
    for (month, filing), total in theirs.filed.items():
        found = loaded.filings.get(filing)
        said[month, names[found.pk] if found else _UNFILED] += total
    cells = sorted({*said, *ours})
    report.cells = len(cells)
    report.unequal = [
        SidesOf(f"{month} {name}", f"{said[month, name]:.2f}", f"{ours[month, name]:.2f}")
        for month, name in cells
        if said[month, name] != ours[month, name]
    ][:MOST_NAMED]
    for part, listed in ((1, report.categories), (0, report.months)):
        for name in sorted({cell[part] for cell in cells}):
            sums = [sum((s[cell] for cell in cells if cell[part] == name), ZERO) for s in (said, ours)]
            listed.append(SidesOf(name, f"{sums[0]:.2f}", f"{sums[1]:.2f}"))
