"""Balance checks: what the bank says, against the ledger."""

from decimal import Decimal
from typing import Any, Literal

from ninja import Router, Schema, Status

from accounts.models import Account
from transactions.models import BalanceCheck
from transactions.reconciling import services
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.operations.bookings import Clerk
from wealthwise.api.problems import invalid, not_found
from wealthwise.api.schemas import Day, Money, Sent, SmallPath, Total
from wealthwise.core.days import today_of

router = Router(tags=["Balance checks"])


class CheckSeen(Schema):
    """`difference` is what the ledger lacked of what the bank said, when it was checked. It is over once it agrees."""

    id: int
    account: int
    day: Day
    stated: Money
    ledger: Total
    difference: Total
    outcome: Literal["open", "equal", "anchor", "correction"]


class ChecksSeen(Schema):
    """The latest first."""

    checks: list[CheckSeen]


class CheckSent(Sent):
    """What the bank said that the account held at the end of `day`."""

    day: Day
    stated: Money


@router.get("/accounts/{account_id}/checks", response=ChecksSeen, summary="List balance checks of an account")
def list_checks(request: ApiRequest, account_id: SmallPath) -> dict[str, Any]:
    account = _account(request, account_id)
    found = BalanceCheck.objects.for_user(request.user).filter(account=account).order_by("-day", "-id")
    return {"checks": [_told(check) for check in found]}


@router.post("/accounts/{account_id}/checks", response={201: CheckSeen}, summary="Compare with the bank")
def create_check(request: ApiRequest, account_id: SmallPath, sent: CheckSent) -> Status[Any]:
    """Safe to repeat: of one day there is one, as it was said last."""
    account = _account(request, account_id)
    if said := Clerk(request.user).wrong_amount(sent.stated):
        raise invalid({"stated": [said]})
    if sent.day > today_of(request.user):
        raise invalid({"day": ["That day is still to come: give a balance that the bank has told you."]})
    check = services.check_balance(account=account, day=sent.day, stated=sent.stated)
    return Status(201, _told(check))


@router.post("/checks/{check_id}/anchor", response=CheckSeen, summary="Take what the bank said as it is")
def anchor_check(request: ApiRequest, check_id: SmallPath) -> dict[str, Any]:
    """The account is anchored there: its balances follow from it."""
    services.move_anchor(user=request.user, check_id=check_id)
    return _told(_check(request, check_id))


@router.delete("/checks/{check_id}", response={204: None}, summary="Forget a balance check")
def delete_check(request: ApiRequest, check_id: SmallPath) -> Status[None]:
    services.forget_check(user=request.user, check_id=check_id)
    return Status(204, None)


def _account(request: ApiRequest, pk: int) -> Account:
    found = Account.objects.for_user(request.user).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _check(request: ApiRequest, pk: int) -> BalanceCheck:
    found = BalanceCheck.objects.for_user(request.user).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _told(check: BalanceCheck) -> dict[str, Any]:
    names = ("id", "day", "stated", "ledger", "outcome")
    difference: Decimal = check.stated - check.ledger
    told = {name: getattr(check, name) for name in names}
    return told | {"account": check.account_id, "difference": difference}
