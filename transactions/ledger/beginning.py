"""What a new entry begins with, right as often as can be: its account, its day, and a row that it is copied from."""

from datetime import date
from typing import Any, Final

from django.utils.dateparse import parse_date

from accounts.models import User
from accounts.models.cached_user import account_names
from accounts.people.requests import UserRequest
from transactions.ledger.forms import BookingForm
from transactions.models import Transaction
from wealthwise.postgres.sql import value_of

LAST_ACCOUNT: Final = "entry_account"  # the account that this session booked on last

# The account of the newest row that is in an open one, by idx_transaction_covering; else the first checking one.
_USUAL: Final = """
    SELECT coalesce(
        (SELECT t.account_id FROM transaction t JOIN account a ON a.user_id = %(user)s AND a.id = t.account_id
         WHERE t.user_id = %(user)s AND a.is_active ORDER BY t.transaction_date DESC, t.id DESC LIMIT 1),
        (SELECT a.id FROM account a WHERE a.user_id = %(user)s AND a.is_active
         ORDER BY a.account_type <> 'checking', a.id LIMIT 1))
"""


def beginning_of(request: UserRequest) -> dict[str, Any]:
    """What a new entry starts with: what the URL says, else the row of ``copy``, else what was used last.

    The day is today unless the URL says another one. An account is always chosen while there is an open one.
    """
    wanted = {name: request.GET[name] for name in ("direction", "account", "subcategory") if request.GET.get(name)}
    day = _day_or_none(request.GET.get("date", ""))
    begun = _copied(request) | wanted | ({"date": day} if day else {})
    account = begun.get("account") or account_used_last(request)
    return begun | ({"account": account, "source": account} if account else {})


def account_used_last(request: UserRequest) -> int | None:
    """The account that this session booked on last, else the last one ever, else the first checking one."""
    still_open = [account.id for account in account_names(request.user) if account.is_active]
    known = request.session.get(LAST_ACCOUNT)
    if known in still_open:
        return int(known)
    return still_open[0] if len(still_open) == 1 else _usual(request.user) if still_open else None


def remember(request: UserRequest, form: BookingForm) -> None:
    """The account, for the next entry of this session."""
    account = form.cleaned_data.get("account") or form.cleaned_data.get("source")
    if account:
        request.session[LAST_ACCOUNT] = account.pk


def _usual(user: User) -> int | None:
    found: int | None = value_of(_USUAL, user=user.pk)
    return found


def _copied(request: UserRequest) -> dict[str, Any]:
    """What the row ``copy`` says, but for its day; of a split what all of it says. Of a transfer nothing: it has two
    sides.
    """
    number = request.GET.get("copy", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return {}
    row = Transaction.objects.for_user(request.user).without_transfers().filter(pk=number).first()
    if row is None:
        return {}
    said = {"amount": abs(row.amount), "description": row.description, "comment": row.comment}
    said |= {"direction": "income" if row.amount > 0 else "expense", "account": row.account_id}
    if row.split_id:
        parts = Transaction.objects.for_user(request.user).parts(row.split_id)
        return said | {"amount": abs(sum(parts.values_list("amount", flat=True))), "comment": ""}
    return said | {"subcategory": row.subcategory_id}


def _day_or_none(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
