"""Moving in from another application, trying it without keeping anything, and taking a move back."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Account, User
from budgets.models import BudgetPeriod, IncomeSource, PeriodType, Schedule
from budgets.periods.services import settle_active
from transactions.balances.reconciled import ask_for_all
from transactions.importing.packed.unpacking import SentFile
from transactions.models import BalanceCheck, Category, DeletedImport, ImportBatch, Subcategory, Tag, Transaction
from transactions.tags.services import delete_tag
from wealthwise.core.caching import forget
from wealthwise.core.errors import DomainError, balances_fit, within_limits
from wealthwise.core.locales import show_count
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.moving.comparing import Theirs, report_of
from wealthwise.portability.moving.loading import Loaded, load, set_aside, settle_symbols
from wealthwise.portability.moving.months import load_months
from wealthwise.portability.moving.report import MoveReport
from wealthwise.portability.moving.sources.model import NotMovable, SourceLedger
from wealthwise.portability.moving.sources.pairing import name_transfers
from wealthwise.portability.moving.sources.recognised import read
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import value_of

_HALF = """
    SELECT count(*) FROM transaction t
    WHERE t.user_id = %(user)s AND t.import_batch_id = %(batch)s AND t.transfer_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM transaction o WHERE o.user_id = %(user)s AND o.transfer_id = t.transfer_id
          AND o.import_batch_id IS DISTINCT FROM %(batch)s)
"""


class TakenBack(DomainError):
    """It is no move, or was taken back before; nothing was changed."""


class _Trial(Exception):
    """Ends a trial, so that nothing of it is kept."""


def look(*, user: User, sent: Iterable[SentFile], advance: Advance = unwatched) -> MoveReport:
    """What a move would do, by doing all of it and keeping nothing. Raises NotMovable or what a limit refuses."""
    files = list(sent)
    ledger = read(files)
    try:
        with transaction.atomic():
            report, _ = _move(user, ledger, [file.name for file in files], advance)
            raise _Trial
    except _Trial:
        forget(user.pk)
        return report


def move_in(
    *, user: User, sent: Iterable[SentFile], advance: Advance = unwatched
) -> tuple[MoveReport, ImportBatch | None]:
    """Bring in all of it or nothing; the import that it is kept as, None where there was nothing to add.

    Raises NotMovable, BalanceTooLarge or TooManyRows.
    """
    files = list(sent)
    return _move(user, read(files), [file.name for file in files], advance)


@within_limits()
@transaction.atomic
@balances_fit()
def _move(
    user: User, ledger: SourceLedger, names: list[str], advance: Advance
) -> tuple[MoveReport, ImportBatch | None]:
    settle_symbols(ledger, user.currency)
    _refuse_other_currency(user, ledger)
    locks.wait_for(Lock.RESTORE, user.pk)
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)
    theirs = Theirs.of(ledger)
    set_aside(ledger, user.currency)
    name_transfers(ledger)
    loaded: Loaded = load(user, ledger, names, advance)
    load_months(user, ledger, loaded)
    connection.check_constraints()
    report = report_of(user, ledger, names, theirs, loaded)
    forget(user.pk)
    if loaded.batch:
        loaded.batch.state, loaded.batch.committed_at = ImportBatch.State.COMMITTED, timezone.now()
        loaded.batch.layout = {"moved": report.to_dict()}
        loaded.batch.save(update_fields=["state", "committed_at", "layout"])
    return report, loaded.batch


def _refuse_other_currency(user: User, ledger: SourceLedger) -> None:
    """Money of another currency never becomes a figure of this one."""
    if not ledger.accounts:
        raise NotMovable("There is no account with money in this file.")
    currencies = {account.currency for account in ledger.accounts.values()}
    if user.currency not in currencies and "" not in currencies:
        raise NotMovable(
            f"The file is in {', '.join(sorted(currencies))}, and your ledger is in {user.currency}: amounts are "
            "never converted. Choose that currency in your settings, or move into an account of its own."
        )


def moved(batch: ImportBatch) -> MoveReport:
    """What was said when it was moved. Raises TakenBack for an import of another kind."""
    if "moved" not in batch.layout:
        raise TakenBack("That is not a move.")
    return MoveReport.from_dict(batch.layout["moved"])


@transaction.atomic
@balances_fit()
def take_back(*, batch: ImportBatch, agreed: bool = False) -> int:
    """Delete the rows of a move, and what came with it and nothing else uses by now; how many rows went.

    Raises TakenBack, Reconciled unless ``agreed``, or NotMovable while one of its rows is joined to a row of another
    origin.
    """
    user = batch.user
    locks.wait_for(Lock.RESTORE, user.pk)
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    held = ImportBatch.objects.for_user(user).select_for_update(of=("self",)).filter(pk=batch.pk).first()
    if held is None:
        raise TakenBack("That move was taken back already.")
    made = moved(held).made
    if half := value_of(_HALF, user=user.pk, batch=held.pk):
        raise NotMovable(
            f"Rows of this move that are one side of a transfer with another row: {show_count(half)}. Split those "
            "transfers first."
        )
    mine = Transaction.objects.for_user(user).filter(import_batch=held)
    ask_for_all(user, mine, agreed=agreed)
    gone = mine.delete()[0]
    DeletedImport.objects.for_user(user).filter(import_batch=held).delete()
    held.delete()
    _take_rest(user, made)
    forget(user.pk)
    return gone


def _take_rest(user: User, made: dict[str, Any]) -> None:
    """Each on its own, so that what is used by now stays."""
    planned = IncomeSource.objects.for_user(user).values("budget__period_id")  # a move brings none
    periods = BudgetPeriod.objects.for_user(user).filter(period_type=PeriodType.MONTHLY)
    periods.filter(start_date__in=made["months"]).exclude(pk__in=planned).delete()
    settle_active(user=user)
    brought = {name.lower() for name in made["tags"]}  # their case does not count
    for tag in Tag.objects.for_user(user):
        rows = Transaction.objects.for_user(user).filter(tag_ids__contains=[tag.pk])
        if tag.name.lower() in brought and not rows.exists():
            delete_tag(user=user, tag_id=tag.pk)
    for category, name in made["subcategories"]:
        _if_unused(Subcategory.objects.for_user(user).filter(category__name=category, name=name))
    for name in made["categories"]:
        _if_unused(Category.objects.for_user(user).filter(name=name))
    for key in made["accounts"]:
        # What is due and what the bank said go with an account, so the database does not keep it for them.
        is_used = (
            Transaction.objects.for_user(user).filter(account__import_key=key).exists()
            or Schedule.objects.for_user(user).filter(account__import_key=key).exists()
            or BalanceCheck.objects.for_user(user).filter(account__import_key=key).exists()
        )
        if not is_used:
            _if_unused(Account.objects.for_user(user).filter(import_key=key))


def _if_unused(rows: QuerySet[Account] | QuerySet[Category] | QuerySet[Subcategory]) -> None:
    try:
        with transaction.atomic():
            rows.delete()
            connection.check_constraints()
    except IntegrityError:
        return
