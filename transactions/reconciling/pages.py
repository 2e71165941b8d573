"""What the pages show of balance checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from accounts.models import Account
from transactions.balances.balance_at import balance_at, balances_at
from transactions.models import BalanceCheck, ImportBatch
from transactions.reconciling import causes
from transactions.reconciling.forms import CorrectionForm
from transactions.reconciling.services import CORRECTION, correction_of
from transactions.search.links import list_url

CHECKS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check as it stands now: ``difference`` is what the bank has more than the ledger today."""

    check: BalanceCheck
    difference: Decimal

    @property
    def agrees(self) -> bool:
        return not self.difference


def checks_of(account: Account) -> list[CheckRow]:
    """The latest checks of an account with their files: two statements, one without any."""
    mine = BalanceCheck.objects.for_user(account.user).filter(account=account).select_related("import_batch")
    return _rows(account, list(mine.defer("import_batch__content")[:CHECKS_SHOWN]))


def checks_by(batch: ImportBatch) -> list[CheckRow]:
    """The checks that a file made, as they stand now."""
    mine = BalanceCheck.objects.for_user(batch.user).filter(account_id=batch.account_id, import_batch=batch)
    return _rows(batch.account, list(mine[:CHECKS_SHOWN]))


def _rows(account: Account, checks: Sequence[BalanceCheck]) -> list[CheckRow]:
    now = balances_at(account, [check.day for check in checks])
    return [CheckRow(check, check.stated - now[check.day]) for check in checks]


def stated_in(batch: ImportBatch | None) -> list[tuple[date, Decimal]]:
    """The balances that stood in a file."""
    return [(date.fromisoformat(day), Decimal(amount)) for day, amount in batch.balances] if batch else []


def check_context(check: BalanceCheck) -> dict[str, Any]:
    """A check against the ledger as it is now; where they differ, with likely causes and what each way out does."""
    account = check.account
    account.user = check.user
    now = balance_at(account, check.day)
    difference = check.stated - now
    context = {"check": check, "account": account, "now": now, "difference": difference}
    if not difference:
        return context
    found = causes.find(account, check, difference, stated_in(check.import_batch))
    correction = correction_of(account, check, difference)
    return context | {
        "found": found,
        "rows_url": list_url(account=account.pk, date_from=found.first, date_to=found.last),
        "begins_url": list_url(account=account.pk, date_from=found.begins, date_to=found.begins),
        "moved_balance": account.current_balance + difference,
        "is_before": check.day < account.anchored_on,
        "correction": correction,
        "correction_text": CORRECTION,
        "form": CorrectionForm(user=check.user, initial={"seen": difference}),
    }
