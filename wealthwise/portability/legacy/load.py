"""The whole import, in one transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from wealthwise.portability.legacy.booking import carry_transactions
from wealthwise.portability.legacy.filing import carry_accounts, carry_categories
from wealthwise.portability.legacy.people import Carried, carry_people
from wealthwise.portability.legacy.planning import carry_planning
from wealthwise.portability.legacy.report import RepairReport
from wealthwise.portability.legacy.source import COLUMNS, NOT_CARRIED, Row, Source
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
    _set_the_rest_aside(found)
    _check_keys()
    if is_trial:
        transaction.set_rollback(True)
    found.report.carried = +found.report.carried
    return found.report


def _set_the_rest_aside(found: Carried) -> None:
    """Whatever nobody looked at has a reason too, so that every row of the file has a fate."""
    source, report = found.source, found.report
    for table, rows in source.tables.items():
        is_known = table in COLUMNS
        for row in rows:
            if report.knows(row):
                continue
            if is_known and _owner_of(table, row, found) in found.here:
                report.is_here(table, row)
            elif is_known:
                report.set_aside(table, row, f"rows of {table} whose person, category or budget is not carried")
            else:
                reason = NOT_CARRIED.get(table, "a table that is not known")
                report.set_aside(table, row, f"rows of {table}: {reason}")
        if not is_known and table not in NOT_CARRIED:
            report.unknown.append(f"the table {table}, with {len(rows):,} rows")
    report.unknown += source.columns_without_a_place()


def _owner_of(table: str, row: Row, found: Carried) -> Any:
    """The old id of a row's person, through what it belongs to."""
    above = {
        "subcategory": ("category_id", "category"),
        "budget": ("period_id", "budget_period"),
        "budget_allocation": ("budget_id", "budget"),
        "income_source": ("budget_id", "budget"),
    }
    while table in above:
        column, table = above[table]
        parent = found.parent(table, row.get(column))
        if parent is None:
            return None
        row = parent
    return row.get("user_id")


def _check_keys() -> None:
    """Deferred keys are checked here, before anything is told to have been carried."""
    connection.check_constraints()
