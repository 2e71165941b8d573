"""Accounts of money: listed, read, added, changed, closed and opened again."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.forms.models import model_to_dict
from ninja import Router, Schema, Status

from accounts.models import Account
from accounts.money import services
from accounts.money.forms import AccountForm
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.problems import changed_meanwhile, not_found, of_form
from wealthwise.api.repeating import create_once
from wealthwise.api.schemas import Day, Money, Name, Sent, SmallPath, Total, Version, text_of, version_of
from wealthwise.core.days import today_of
from wealthwise.postgres.locks import Lock, wait_for

router = Router(tags=["Accounts"])
Type = Literal["checking", "savings", "credit", "investment", "cash", "other"]


class AccountSeen(Schema):
    """`anchor_balance` is what the bank said at the end of `anchored_on`, `balance` what all bookings make of it."""

    id: int
    name: str
    account_type: Type
    bank_name: str
    number_last4: str
    anchored_on: Day
    anchor_balance: Money
    balance: Total
    reconciled_to: Day | None
    is_open: bool
    closed_on: Day | None
    version: Version


class AccountsSeen(Schema):
    accounts: list[AccountSeen]


class AccountSent(Sent):
    """Of `number_last4` only the last four digits are kept, however many are sent."""

    name: Name
    account_type: Type = "checking"
    bank_name: text_of(Account, "bank_name", least=0) = ""  # type: ignore[valid-type]  # as above
    number_last4: str = ""
    anchor_balance: Money = Decimal(0)
    anchored_on: Day | None = None


class AccountChange(Sent):
    """What is not sent stays. `version` is that of the account as you read it."""

    version: Version
    name: Name | None = None
    account_type: Type | None = None
    bank_name: text_of(Account, "bank_name", least=0) | None = None  # type: ignore[valid-type]  # as above
    number_last4: str | None = None
    anchor_balance: Money | None = None
    anchored_on: Day | None = None


class ClosingSent(Sent):
    """`balance` is what you know the account holds: it leaves the net worth."""

    balance: Money = Decimal(0)


@router.get("", response=AccountsSeen, summary="List accounts")
def list_accounts(request: ApiRequest) -> dict[str, Any]:
    return {"accounts": [_told(account) for account in Account.objects.for_user(request.user)]}


@router.post("", response={201: AccountSeen, 200: AccountSeen}, summary="Add an account")
def create_account(request: ApiRequest, sent: AccountSent) -> Status[Any]:
    """With an `Idempotency-Key` it is added once however often it is sent."""
    account = Account(user=request.user, anchored_on=today_of(request.user))
    form = AccountForm(_typed(sent.model_dump(), account.anchored_on), instance=account)
    if not form.is_valid():
        raise of_form(form)

    def create() -> list[int]:
        services.save_account(account=account, fields=form.Meta.fields)
        return [account.pk]

    status, made = create_once(request, sent, create)
    return Status(status, _told(_account(request, made[0])))


@router.get("/{account_id}", response=AccountSeen, summary="Read an account")
def read_account(request: ApiRequest, account_id: SmallPath) -> dict[str, Any]:
    return _told(_account(request, account_id))


@router.patch("/{account_id}", response=AccountSeen, summary="Change an account")
def change_account(
    request: ApiRequest, account_id: SmallPath, sent: AccountChange, *, agreed: bool = False
) -> dict[str, Any]:
    """409 with what is there now where somebody changed it since that `version`."""
    with transaction.atomic():
        wait_for(Lock.EDIT, request.user.pk)  # as a page that is saved does
        account = _account(request, account_id)
        if _version(account) != sent.version:
            raise changed_meanwhile(AccountSeen(**_told(account)).model_dump(mode="json"))
        changes = {name: getattr(sent, name) for name in sent.model_fields_set - {"version"}}
        said = model_to_dict(account, AccountForm.Meta.fields) | changes
        form = AccountForm(_typed(said, account.anchored_on), instance=account)
        if not form.is_valid():
            raise of_form(form)
        moved = bool({"anchored_on", "anchor_balance"} & set(form.changed_data))
        services.save_account(account=account, fields=form.Meta.fields, moves_anchor=moved, agreed=agreed)
    return _told(_account(request, account_id))


@router.post("/{account_id}/close", response=AccountSeen, summary="Close an account")
def close_account(request: ApiRequest, account_id: SmallPath, sent: ClosingSent) -> dict[str, Any]:
    """It keeps its transactions and can be opened again. Refused where it holds something else by now."""
    account = _account(request, account_id)
    if account.is_active:
        services.close_account(account=account, agreed=sent.balance)
    return _told(_account(request, account_id))


@router.post("/{account_id}/reopen", response=AccountSeen, summary="Open an account again")
def reopen_account(request: ApiRequest, account_id: SmallPath) -> dict[str, Any]:
    services.reopen_account(account=_account(request, account_id))
    return _told(_account(request, account_id))


def _account(request: ApiRequest, pk: int) -> Account:
    found = Account.objects.for_user(request.user).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _typed(said: dict[str, Any], anchored_on: date) -> dict[str, Any]:
    """As the form has it: amounts as they are typed where one has no country of one's own."""
    typed = {name: "" if value is None else str(value) for name, value in said.items()}
    return typed | {"anchored_on": said.get("anchored_on") or anchored_on}


def _version(account: Account) -> str:
    names = (*AccountForm.Meta.fields, "is_active", "reconciled_to")
    return version_of(*(getattr(account, name) for name in names))


def _told(account: Account) -> dict[str, Any]:
    names = ("id", "reconciled_to", "closed_on", *AccountForm.Meta.fields)
    return {name: getattr(account, name) for name in names} | {
        "balance": account.current_balance,
        "is_open": account.is_active,
        "version": _version(account),
    }
