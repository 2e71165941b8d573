"""The decisions about rows, one a row: read for a file at once, written many at once, the rest of each row kept."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from typing import Final
from uuid import UUID

from accounts.models import User
from transactions.models import ImportBatch, ImportEdit
from wealthwise.core.locales import counted
from wealthwise.postgres.sql import rows_of, run

# The fingerprint of a row with its account, and which one it is among equal rows.
type Identity = tuple[UUID, int]
MOST_EQUAL_ROWS: Final = 32_767  # the column is a smallint

# By uq_import_edit_row.
_OF_FILE: Final = """
    SELECT fingerprint, occurrence, is_taken, is_filed, subcategory_id, account_id, booked_on, description
    FROM import_edit WHERE user_id = %(user)s AND import_batch_id = %(batch)s
"""
_OF_ROWS: Final = f"{_OF_FILE} AND fingerprint = ANY(%(fingerprints)s::uuid[])"
_SAVE: Final = """
    INSERT INTO import_edit AS e (user_id, import_batch_id, fingerprint, occurrence, is_taken, is_filed,
                                  subcategory_id, account_id, booked_on, description)
    SELECT %(user)s, %(batch)s, w.*
    FROM unnest(%(fingerprints)s::uuid[], %(occurrences)s::smallint[], %(takens)s::boolean[], %(fileds)s::boolean[],
                %(subcategories)s::integer[], %(accounts)s::integer[], %(days)s::date[], %(descriptions)s::text[]) w
    ON CONFLICT (user_id, import_batch_id, fingerprint, occurrence) DO UPDATE SET
        is_taken = coalesce(excluded.is_taken, e.is_taken),
        is_filed = excluded.is_filed OR e.is_filed,
        subcategory_id = CASE WHEN excluded.is_filed THEN excluded.subcategory_id ELSE e.subcategory_id END,
        account_id = coalesce(excluded.account_id, e.account_id),
        booked_on = coalesce(excluded.booked_on, e.booked_on),
        description = coalesce(nullif(excluded.description, ''), e.description)
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """What was decided about a row. None, and an empty description, is nothing yet; a subcategory of None counts as
    uncategorised where it ``is_filed``.
    """

    is_taken: bool | None = None
    is_filed: bool = False
    subcategory: int | None = None
    account: int | None = None
    booked_on: date | None = None
    description: str = ""


NOTHING: Final = Edit()


@dataclass(frozen=True, slots=True)
class Listed:
    """Which rows of a file are meant: those of a status, such as "new", whose description has ``text``; empty: all."""

    show: str = ""
    text: str = ""


def edits_of(batch: ImportBatch, fingerprints: Collection[UUID] | None = None) -> dict[Identity, Edit]:
    """All that was decided about a file, or about the rows with these fingerprints: one statement."""
    mine = {"user": batch.user_id, "batch": batch.pk}
    if fingerprints is None:
        found = rows_of(_OF_FILE, **mine)
    else:
        found = rows_of(_OF_ROWS, **mine, fingerprints=list(fingerprints))
    return {(fingerprint, occurrence): Edit(*values) for fingerprint, occurrence, *values in found}


def write(batch: ImportBatch, edits: Mapping[Identity, Edit]) -> None:
    """Add to what was decided; what an edit leaves open stays as it was. One statement."""
    if not edits:
        return
    fingerprints, occurrences = zip(*edits, strict=True)
    takens, fileds, subcategories, accounts, days, descriptions = zip(*map(astuple, edits.values()), strict=True)
    run(
        _SAVE,
        user=batch.user_id,
        batch=batch.pk,
        fingerprints=list(fingerprints),
        occurrences=list(occurrences),
        takens=list(takens),
        fileds=list(fileds),
        subcategories=list(subcategories),
        accounts=list(accounts),
        days=list(days),
        descriptions=list(descriptions),
    )


def forget(batch: ImportBatch) -> None:
    """What was decided is done, or will never be."""
    ImportEdit.objects.for_user(batch.user).filter(import_batch=batch).delete()


class ChosenSubcategories:
    """Subcategories that were chosen for rows of waiting files: a `SubcategoryReference` of the categories."""

    @staticmethod
    def in_words(*, user: User, subcategory_ids: list[int]) -> str:
        chosen = ImportEdit.objects.for_user(user).filter(subcategory_id__in=subcategory_ids).count()
        return counted(chosen, "row of a file that waits", "rows of files that wait") if chosen else ""

    @staticmethod
    def move(*, user: User, source_ids: list[int], target_id: int) -> None:
        chosen = ImportEdit.objects.for_user(user).filter(subcategory_id__in=source_ids)
        chosen.update(subcategory_id=target_id)
