"""How a file that was just received is read at first: by a profile, by what it shows, by its user's country."""

from typing import Any, Final

from accounts.models import Account, User
from transactions.importing.csv.guess import Given, detect_layout
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import column_names
from transactions.importing.formats.qif import day_order
from transactions.importing.profiles.services import fits
from wealthwise.core.days import today_of

# Where the month comes first in everyday writing.
_MONTH_FIRST: Final = {"US", "PH", "BZ", "FM", "PW"}


def described(data: bytes, layout: CsvLayout, *, is_remembered: bool = False) -> dict[str, Any]:
    """What is stored of a layout: with the names of the columns, by which the next file is recognised."""
    return {**layout.to_dict(), "names": column_names(data, layout), "is_remembered": is_remembered}


def proposed_layout(user: User, account: Account, data: bytes) -> dict[str, Any]:
    """The layout of a profile of the account that fits the file, else a detected one."""
    detected = detect_layout(data, given=given_by(user, account))
    known = fits(account=account, names=column_names(data, detected), seen=detected, data=data).own
    return described(data, known.layout if known else detected, is_remembered=known is not None)


def given_by(user: User, account: Account) -> Given:
    """What is known of a file before it is looked at."""
    return Given(account.account_type == Account.Type.CREDIT, is_month_first(user), today_of(user))


def is_month_first(user: User) -> bool:
    return user.country in _MONTH_FIRST or (not user.country and user.currency == "USD")


def proposed_days(user: User, data: bytes) -> dict[str, Any]:
    """The order of day and month that the file shows, else the user's country's, and whether that is a guess."""
    order = day_order(data)
    return {
        "day_first": not is_month_first(user) if order.is_ambiguous else order.day_first,
        "ambiguous_dates": order.is_ambiguous,
    }
