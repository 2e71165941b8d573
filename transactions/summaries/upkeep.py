"""The derived numbers: refreshing the materialized view, and proving that nothing derived has drifted.

``spending_summary`` and the balances of an account follow the ledger by triggers, the day to which it is reconciled
follows its balance checks; the view follows ``spending_summary`` when refreshed. All of it can be checked at any time,
also while users write: each comparison is one statement, and so one snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Now

from transactions.models import UserSpendingSummary, ViewRefresh
from wealthwise.core.caching import forget
from wealthwise.core.errors import told
from wealthwise.core.processes import start_command
from wealthwise.postgres import locks, matviews, sql
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.patience import in_turn

VIEW = UserSpendingSummary._meta.db_table
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

_VIEW_CHECKSUM = """
SELECT count(*), coalesce(sum(hashtextextended(
    concat_ws('|', user_id, coalesce(subcategory_id, 0), month, total_spent::numeric(16, 2)), 0)), 0)
FROM user_spending_summary
"""
_TABLE_CHECKSUM = """
SELECT count(*), coalesce(sum(hashtextextended(
    concat_ws('|', user_id, coalesce(subcategory_id, 0), month, spent::numeric(16, 2)), 0)), 0)
FROM spending_summary WHERE spent <> 0
"""
# The plan's own statement for the view, over the ledger.
_LEDGER_CHECKSUM = """
SELECT count(*), coalesce(sum(hashtextextended(
    concat_ws('|', user_id, coalesce(subcategory_id, 0), month, total_spent::numeric(16, 2)), 0)), 0)
FROM (SELECT user_id, subcategory_id, date_trunc('month', booked_on)::date AS month, sum(abs(amount)) AS total_spent
      FROM transaction WHERE amount < 0 AND transfer_id IS NULL GROUP BY 1, 2, 3) plan
"""
# clock_timestamp(), since now() is the start of the transaction, before the refresh.
_FINISHED = """
UPDATE view_refresh SET finished_at = clock_timestamp(), row_count = %(rows)s, checksum = %(checksum)s
WHERE id = %(run)s
"""

_DRIFTED_SUMMARIES = """
WITH truth AS (
    SELECT user_id, date_trunc('month', booked_on)::date AS month, subcategory_id,
           sum(greatest(-amount, 0)) AS spent, sum(greatest(amount, 0)) AS received, count(*) AS transaction_count
    FROM transaction WHERE transfer_id IS NULL AND user_id = ANY(%(people)s) GROUP BY 1, 2, 3
), kept AS (
    SELECT user_id, month, subcategory_id, spent, received, transaction_count
    FROM spending_summary WHERE user_id = ANY(%(people)s)
)
SELECT DISTINCT user_id, month FROM (
    (SELECT * FROM truth EXCEPT ALL SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT ALL SELECT * FROM truth)
) drift ORDER BY 1, 2
"""
# Both balances of an account from its anchor, by the stored days.
_DRIFTED_BALANCES = """
SELECT a.user_id, a.id, a.current_balance, a.anchor_balance + coalesce(t.later, 0),
       a.opening_balance, a.anchor_balance - coalesce(t.earlier, 0)
FROM account a LEFT JOIN (
    SELECT t.user_id, t.account_id, sum(t.amount) FILTER (WHERE t.booked_on > o.anchored_on) AS later,
           sum(t.amount) FILTER (WHERE t.booked_on <= o.anchored_on) AS earlier
    FROM transaction t JOIN account o ON o.id = t.account_id
    WHERE t.user_id = ANY(%(people)s) GROUP BY 1, 2
) t ON t.user_id = a.user_id AND t.account_id = a.id
WHERE a.user_id = ANY(%(people)s)
  AND (a.current_balance <> a.anchor_balance + coalesce(t.later, 0)
       OR a.opening_balance <> a.anchor_balance - coalesce(t.earlier, 0))
ORDER BY 1, 2
"""
# The day up to which an account agrees with its bank: that of its latest balance check that was agreed.
_DRIFTED_DAYS = """
SELECT a.user_id, a.id, a.reconciled_to, c.latest
FROM account a LEFT JOIN (
    SELECT user_id, account_id, max(day) AS latest FROM balance_check
    WHERE user_id = ANY(%(people)s) AND outcome <> 'open' GROUP BY 1, 2
) c ON c.user_id = a.user_id AND c.account_id = a.id
WHERE a.user_id = ANY(%(people)s) AND a.reconciled_to IS DISTINCT FROM c.latest
ORDER BY 1, 2
"""
_REPAIR_DAYS = """
UPDATE account a SET reconciled_to = (
    SELECT max(day) FROM balance_check WHERE user_id = a.user_id AND account_id = a.id AND outcome <> 'open')
WHERE a.user_id = %(user)s
"""
_REPAIR_BALANCES = """
UPDATE account a SET current_balance = a.anchor_balance + coalesce(t.later, 0),
                     opening_balance = a.anchor_balance - coalesce(t.earlier, 0)
FROM account o CROSS JOIN LATERAL (
    SELECT sum(amount) FILTER (WHERE booked_on > o.anchored_on) AS later,
           sum(amount) FILTER (WHERE booked_on <= o.anchored_on) AS earlier
    FROM transaction WHERE user_id = %(user)s AND account_id = o.id
) t
WHERE o.user_id = %(user)s AND a.id = o.id
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """One derived number that differs from the ledger, said for the user who runs the check."""

    user_id: int
    what: str


def refresh_spending_view(*, concurrently: bool = True, proven: bool = False) -> ViewRefresh | None:
    """Refresh the view and record the run; None when another refresh is going on.

    ``proven`` takes the checksum from the ledger by the plan's own statement, in the refresh's snapshot, instead of
    from the summary, so that ``view_differs`` proves the view without the triggers; it reads the whole ledger.

    The lock belongs to the transaction, so it ends with a killed process and works behind a pooler in
    transaction mode. A run that was killed keeps its record without an end, closed by the next run.
    """
    run = ViewRefresh.objects.create(view_name=VIEW)
    try:
        if _refresh(run, concurrently=concurrently, proven=proven):
            run.refresh_from_db()
            return run
    except Exception as error:
        ViewRefresh.objects.filter(pk=run.pk).update(finished_at=Now(), error=told(error))
        raise
    run.delete()
    return None


def _refresh(run: ViewRefresh, *, concurrently: bool, proven: bool) -> bool:
    with transaction.atomic(durable=True):
        sql.run(_SNAPSHOT)
        if not locks.take(Lock.VIEW_REFRESH):
            return False
        killed = ViewRefresh.objects.filter(view_name=VIEW, finished_at=None, pk__lt=run.pk)
        killed.update(finished_at=Now(), error="ended without finishing")
        populated = sql.value_of("SELECT relispopulated FROM pg_class WHERE oid = %(view)s::regclass", view=VIEW)
        matviews.refresh(connection, VIEW, concurrently=concurrently and populated)
        [(rows, checksum)] = sql.rows_of(_LEDGER_CHECKSUM if proven else _TABLE_CHECKSUM)
        sql.run(_FINISHED, rows=rows, checksum=checksum, run=run.pk)
    return True


def refresh_since(moment: datetime) -> bool:
    """Whether a refresh that began at ``moment`` or later is through."""
    done = ViewRefresh.objects.filter(view_name=VIEW, started_at__gte=moment, checksum__isnull=False)
    return done.exists()


def refresh_soon() -> None:
    """In a process of its own, as it takes long: what the view has of somebody who is erased goes with it."""
    start_command("refresh_views", "--fresh")


def refresh_is_running() -> bool:
    """Whether somebody refreshes the view right now."""
    return locks.is_held(Lock.VIEW_REFRESH)


def view_differs() -> bool | None:
    """Whether the view differs from the ledger as of its last refresh; None before the first refresh."""
    with transaction.atomic():
        last = ViewRefresh.objects.filter(view_name=VIEW, checksum__isnull=False).order_by("-id").first()
        if last is None:
            return None
        return sql.first_row(_VIEW_CHECKSUM) != (last.row_count, last.checksum)


def people(*, sample: int | None = None, batch: int = 500) -> Iterator[list[int]]:
    """Ids of everybody, or of ``sample`` users drawn at random, in batches."""
    if sample is None:
        found = sql.rows_of('SELECT id FROM "user" ORDER BY id')
    else:
        found = sql.rows_of('SELECT id FROM "user" ORDER BY random() LIMIT %(sample)s', sample=sample)
    ids = [pk for (pk,) in found]
    for start in range(0, len(ids), batch):
        yield ids[start : start + batch]


def drift_of(user_ids: list[int]) -> list[Drift]:
    """Summary rows and balances of these users that differ from the ledger, and days that differ from their checks."""
    summaries = sql.rows_of(_DRIFTED_SUMMARIES, people=user_ids)
    balances = sql.rows_of(_DRIFTED_BALANCES, people=user_ids)
    days = sql.rows_of(_DRIFTED_DAYS, people=user_ids)
    return [
        *(Drift(user, f"spending_summary of {month:%Y-%m} differs") for user, month in summaries),
        *(
            Drift(
                user,
                f"account {account} has balance {kept} and began with {began}, its anchor and transactions say "
                f"{truth} and {beginning}",
            )
            for user, account, kept, truth, began, beginning in balances
        ),
        *(
            Drift(user, f"account {account} is reconciled to {kept}, its latest agreed check is of {latest}")
            for user, account, kept, latest in days
        ),
    ]


def repair(*, user_id: int) -> None:
    """Recompute everything derived of one user from the ledger, with their writers held off meanwhile.

    An import holds accounts before it holds the user, others the user before accounts: so this waits for none of them.
    """

    def recompute() -> None:
        sql.run('SELECT 1 FROM "user" WHERE id = %(user)s FOR UPDATE', user=user_id)
        sql.run("SELECT recompute_spending_summary(%(user)s)", user=user_id)
        sql.run(_REPAIR_BALANCES, user=user_id)
        sql.run(_REPAIR_DAYS, user=user_id)
        forget(user_id)

    in_turn(recompute)
