"""An account is closed while a booking goes in: one of the two waits for the other, and nothing is booked there."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Account
from accounts.money.services import HoldsMoney, close_account
from tests.concurrency import while_waiting
from tests.factories import make_account, make_user
from transactions.ledger import services
from transactions.ledger.services import AccountClosed, Booking, TransferBooking
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 15)


def booking(account: Account) -> Booking:
    return Booking(day=DAY, clock=None, amount=Decimal(5), is_income=False, description="x", account=account)


def test_what_is_booked_into_an_account_that_is_being_closed_is_refused() -> None:
    owner = make_user("owner")
    account = make_account(owner)
    refusal = while_waiting(
        lambda: close_account(account=account),
        lambda: services.record_transaction(user=owner, booking=booking(account)),
    )
    assert isinstance(refusal, AccountClosed)
    assert str(refusal) == "Current was closed meanwhile. Choose another account, or open it again."
    assert not Transaction.objects.for_user(owner).exists()
    account.refresh_from_db()
    assert account.current_balance == 0


def test_neither_side_of_a_transfer_goes_into_one() -> None:
    owner = make_user("owner")
    source, target = make_account(owner), make_account(owner, "Savings")
    move = TransferBooking(day=DAY, clock=None, amount=Decimal(5), source=source, target=target, description="x")
    refusal = while_waiting(
        lambda: close_account(account=target),
        lambda: services.record_transfer(user=owner, booking=move),
    )
    assert isinstance(refusal, AccountClosed)
    assert not Transaction.objects.for_user(owner).exists()


def test_an_account_is_not_closed_over_what_is_being_booked() -> None:
    owner = make_user("owner")
    account = make_account(owner)
    refusal = while_waiting(
        lambda: services.record_transaction(user=owner, booking=booking(account)),
        lambda: close_account(account=account),
    )
    assert isinstance(refusal, HoldsMoney)
    assert Account.objects.for_user(owner).get().is_active


def test_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.factories import signed_in

    owner = make_user("owner")
    account = make_account(owner)
    ask = services.ask_for_new

    def closing(*args: object, **options: object) -> None:
        Account.objects.for_user(owner).update(is_active=False, closed_on=DAY)
        ask(*args, **options)

    monkeypatch.setattr(services, "ask_for_new", closing)
    typed = {"direction": "expense", "amount": "5", "description": "x", "date": "2026-03-15", "account": account.pk}
    answer = signed_in(owner).post("/transactions/add/", typed)
    assert answer.status_code == 422
    assert "Current was closed meanwhile." in answer.content.decode()
    assert not Transaction.objects.for_user(owner).exists()
