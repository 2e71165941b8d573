"""Rows of a file into the ledger, all of them by one COPY."""

from datetime import date, datetime
from typing import Any, Final

from transactions.importing.filing.tags import tags_of
from transactions.importing.preview import CheckedRow, Preview
from transactions.models import ImportBatch, Transaction
from wealthwise.core.days import timestamp_of, zone_of
from wealthwise.core.progress import Advance, watched
from wealthwise.postgres.copy import copy_rows
from wealthwise.postgres.sql import first_row

_COLUMNS: Final = (
    "user",
    "account",
    "subcategory",
    "amount",
    "description",
    "comment",
    "booked_on",
    "transaction_date",
    "import_batch",
    "fingerprint",
    "occurrence",
    "filed_as_id",
    "rule_id",
    "tag_ids",
)
# Where a row lies and which transaction wrote its current version. A restored or repartitioned table has
# other places, and then nothing is said about changes rather than something wrong.
_WRITTEN: Final = """
    SELECT (SELECT system_identifier FROM pg_control_system())::text || ':' || tableoid, xmin::text
    FROM transaction WHERE user_id = %(user)s AND import_batch_id = %(batch)s LIMIT 1
"""


def load(batch: ImportBatch, found: Preview, advance: Advance) -> None:
    """Book the rows of a file that are to be booked, as they are filed and decided."""
    zone, user, account, number = zone_of(batch.user), batch.user_id, batch.account_id, batch.pk
    tags = tags_of(batch.user, {checked.booking.tags for checked in found.new_rows})
    days = dict[date, datetime]()

    def values(checked: CheckedRow) -> tuple[Any, ...]:
        row, (filed, filed_as, rule) = checked.booking, _filed(found, checked)
        day = row.booked_on
        if day not in days:
            days[day] = timestamp_of(day, None, zone)
        return (
            user, checked.edit.account or account, filed, row.amount, row.description, row.comment, day, days[day],
            number, checked.fingerprint, checked.occurrence, filed_as, rule, tags[row.tags],
        )  # fmt: skip

    copy_rows(Transaction, _COLUMNS, map(values, watched(found.new_rows, advance)))


def _filed(found: Preview, checked: CheckedRow) -> tuple[int | None, int | None, int | None]:
    """What a row is filed as, what it is filed as without being asked for, and by which rule."""
    if checked.edit.is_filed:
        return checked.edit.subcategory, None, None
    filed = found.proposed(checked)
    return (filed.subcategory_id, filed.subcategory_id, filed.rule_id) if filed else (None, None, None)


def written(batch: ImportBatch) -> list[str]:
    """The place and version of the rows just loaded, by which `handwork` tells later changes."""
    return list(first_row(_WRITTEN, user=batch.user_id, batch=batch.pk) or ["", ""])
