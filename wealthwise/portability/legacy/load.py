"""The whole import, in one transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from wealthwise.portability.legacy.booking import carry_transactions
from wealthwise.portability.legacy.filing import carry_accounts, carry_categories
from wealthwise.portability.legacy.people import Carried, carry_people
from wealthwise.portability.legacy.planning import carry_planning
from wealthwise.portability.legacy.report import RepairReport
from wealthwise.portability.legacy.source import NOT_CARRIED, Source
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock

Watch = Callable[[list[Any]], Iterable[Any]]


@transaction.atomic
def load(source: Source, *, default_zone: str = "UTC", watch: Watch = iter, is_trial: bool = False) -> RepairReport:
    """Carry everybody over who is not there yet; all of it or, on any error, nothing.

    Two runs at once take turns, so the second finds what the first added. ``watch`` wraps the ledger's rows, for
    a progress bar. A trial does all the work and takes it back.
    """
    locks.wait_for(Lock.LEGACY_IMPORT)
    found = Carried(source, RepairReport(), default_zone)
    carry_people(found)
    carry_accounts(found)
    carry_categories(found)
    carry_planning(found)
    carry_transactions(found, watch(found.owned("transaction")))
    for table, reason in NOT_CARRIED.items():
        if source.rows(table):
            found.report.left(f"rows of {table}: {reason}", count=len(source.rows(table)))
    _check_keys()
    if is_trial:
        transaction.set_rollback(True)
    found.report.carried = +found.report.carried
    return found.report


def _check_keys() -> None:
    """Deferred keys are checked here, before anything is told to have been carried."""
    connection.check_constraints()
