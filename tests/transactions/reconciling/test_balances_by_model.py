"""Balances against a plain model in Python, after entry, edits, imports, bulk changes, undo, anchors and zones."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from accounts.money.services import save_account
from tests.examples import COSTLY
from tests.factories import make_account, make_user
from tests.transactions.importing.helpers import statement
from transactions.balances.balance_at import balances_at, disagreements
from transactions.bulk import services as bulk
from transactions.importing import services as importing
from transactions.ledger.services import Booking, record_transaction, update_transaction
from transactions.models import BalanceCheck, ImportBatch, Transaction
from transactions.reconciling.services import book_correction, check_balance, move_anchor
from wealthwise.core.errors import DomainError

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(40)]
Row = tuple[int | None, date, Decimal]

days = st.sampled_from(DAYS)
cents = st.integers(-5_000, 5_000).filter(bool).map(lambda number: Decimal(number) / 100)


class Model:
    """What each account was said to hold on a day, and the rows as a bank would list them."""

    def __init__(self, user: User, accounts: list[Account]) -> None:
        self.user, self.accounts = user, accounts
        self.anchors = {account.pk: (account.anchored_on, account.anchor_balance) for account in accounts}
        self.rows: Counter[Row] = Counter()
        self.before_bulk: Counter[Row] | None = None
        self.action: int | None = None

    def balance(self, account: Account, day: date) -> Decimal:
        anchored_on, amount = self.anchors[account.pk]
        for (owner, booked_on, moved), times in self.rows.items():
            if owner == account.pk:
                amount += times * moved * ((anchored_on < booked_on <= day) - (day < booked_on <= anchored_on))
        return amount

    def prove(self) -> None:
        listed = Transaction.objects.for_user(self.user).values_list("account_id", "booked_on", "amount")
        assert Counter(listed) == self.rows
        edges = [FIRST - timedelta(days=400), *DAYS, DAYS[-1] + timedelta(days=400)]
        for account in self.accounts:
            account.refresh_from_db()
            found = balances_at(account, edges)
            assert found == {day: self.balance(account, day) for day in edges}
            assert (found[edges[0]], found[edges[-1]]) == (account.opening_balance, account.current_balance)


Step = Callable[[Model, Any], None]


def _a_row(model: Model, data: Any) -> Transaction | None:
    mine = list(Transaction.objects.for_user(model.user).order_by("pk"))
    return data.draw(st.sampled_from(mine)) if mine else None


def _booking(model: Model, data: Any) -> tuple[Booking, Row]:
    account, day, amount = data.draw(st.sampled_from([*model.accounts, None])), data.draw(days), data.draw(cents)
    booking = Booking(amount=abs(amount), is_income=amount > 0, description="Row", account=account, day=day)
    return booking, (account.pk if account else None, day, amount)


def _changed(model: Model) -> None:
    """Rows were changed by another door than in bulk, so an undo would leave some."""
    model.action = None


def book(model: Model, data: Any) -> None:
    booking, row = _booking(model, data)
    record_transaction(user=model.user, booking=booking, agreed=True)
    model.rows[row] += 1
    _changed(model)


def edit(model: Model, data: Any) -> None:
    if (old := _a_row(model, data)) is not None:
        booking, row = _booking(model, data)
        update_transaction(user=model.user, transaction_id=old.pk, booking=booking, agreed=True)
        model.rows -= Counter([(old.account_id, old.booked_on, old.amount)])
        model.rows[row] += 1
        _changed(model)


def delete(model: Model, data: Any) -> None:
    if (old := _a_row(model, data)) is not None:
        bulk.delete_one(user=model.user, row=old, agreed=True)
        model.rows -= Counter([(old.account_id, old.booked_on, old.amount)])
        _changed(model)


def bulk_move(model: Model, data: Any) -> None:
    target, until = data.draw(st.sampled_from(model.accounts)), data.draw(days)
    rows = Transaction.objects.for_user(model.user).filter(booked_on__lte=until)
    before = model.rows.copy()
    try:
        done = bulk.move_account(user=model.user, rows=rows, account_id=target.pk, seen=rows.count(), agreed=True)
    except DomainError:
        return
    model.rows = Counter()
    for (account, day, amount), times in before.items():
        model.rows[(target.pk if day <= until else account, day, amount)] += times
    model.before_bulk, model.action = before, done.action_id


def bulk_delete(model: Model, data: Any) -> None:
    until = data.draw(days)
    rows = Transaction.objects.for_user(model.user).filter(booked_on__lte=until)
    before = model.rows.copy()
    try:
        done = bulk.delete(user=model.user, rows=rows, seen=rows.count(), agreed=True)
    except DomainError:
        return
    model.rows = Counter({row: times for row, times in before.items() if row[1] > until})
    model.before_bulk, model.action = before, done.action_id


def undo(model: Model, data: Any) -> None:
    if model.action is not None and model.before_bulk is not None:
        bulk.undo(user=model.user, action_id=model.action)
        model.rows = model.before_bulk
        _changed(model)


def load(model: Model, data: Any) -> None:
    """A file whose descriptions are its own, so that none of it is there already."""
    account = data.draw(st.sampled_from(model.accounts))
    rows = data.draw(st.lists(st.tuples(days, cents), min_size=1, max_size=4))
    number = ImportBatch.objects.for_user(model.user).count()
    file = statement(*(f"{day},File {number},{amount}" for day, amount in rows))
    batch = importing.stage(user=model.user, account=account, file_name="bank.csv", data=file)
    importing.commit(batch=batch)
    model.rows.update((account.pk, day, amount) for day, amount in rows)
    _changed(model)


def revert(model: Model, data: Any) -> None:
    mine = ImportBatch.objects.for_user(model.user).filter(state="committed")
    if (batch := mine.order_by("-pk").select_related("account", "user").first()) is not None:
        gone = Transaction.objects.for_user(model.user).filter(import_batch=batch)
        rows = Counter(gone.values_list("account_id", "booked_on", "amount"))
        importing.revert(batch=batch, agreed=True)
        model.rows -= rows
        _changed(model)


def anchor(model: Model, data: Any) -> None:
    account = data.draw(st.sampled_from(model.accounts))
    account.refresh_from_db()
    account.anchored_on, account.anchor_balance = data.draw(days), data.draw(cents)
    save_account(account=account, fields=["anchored_on", "anchor_balance"])
    model.anchors[account.pk] = account.anchored_on, account.anchor_balance


def check_and_anchor(model: Model, data: Any) -> None:
    account, day, stated = data.draw(st.sampled_from(model.accounts)), data.draw(days), data.draw(cents)
    check = check_balance(account=account, day=day, stated=stated)
    assert check.ledger == model.balance(account, day)
    move_anchor(user=model.user, check_id=check.pk)
    model.anchors[account.pk] = day, stated
    _agrees(account, check)


def check_and_correct(model: Model, data: Any) -> None:
    account, day, stated = data.draw(st.sampled_from(model.accounts)), data.draw(days), data.draw(cents)
    check = check_balance(account=account, day=day, stated=stated)
    difference = stated - model.balance(account, day)
    anchored_on, _ = model.anchors[account.pk]
    if not difference or day == anchored_on:
        return
    book_correction(user=model.user, check_id=check.pk, seen=difference)
    is_after = day > anchored_on
    row = (account.pk, day, difference) if is_after else (account.pk, day + timedelta(days=1), -difference)
    model.rows[row] += 1
    assert model.balance(account, day) == stated
    _agrees(account, check)
    _changed(model)


def _agrees(account: Account, check: BalanceCheck) -> None:
    check.refresh_from_db()
    account.refresh_from_db()
    assert check.is_agreed
    assert balances_at(account, [check.day]) == {check.day: check.stated}
    assert account.reconciled_to is not None
    assert account.reconciled_to >= check.day


def move_zone(model: Model, data: Any) -> None:
    model.user.time_zone = data.draw(st.sampled_from(["UTC", "Pacific/Auckland", "Pacific/Niue", "Asia/Kolkata"]))
    model.user.save()


STEPS: list[Step] = [
    book, book, edit, delete, bulk_move, bulk_delete, undo, load, revert, anchor, check_and_anchor, check_and_correct,
    move_zone,
]  # fmt: skip


@COSTLY
@given(st.data())
def test_any_order_of_changes_agrees_with_the_model(db: None, data: Any) -> None:
    with transaction.atomic():
        user = make_user("random")
        accounts = [
            make_account(user, name, anchored_on=data.draw(days), anchor_balance=data.draw(cents))
            for name in ("A", "B")
        ]
        model = Model(user, accounts)
        for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=3, max_size=12)):
            step(model, data)
            model.prove()
        _agreement_is_that_of_the_latest_check(model)
        transaction.set_rollback(True)
    cache.delete_pattern("*")  # of a user who never was


def _agreement_is_that_of_the_latest_check(model: Model) -> None:
    """What pages say no longer agrees is what the model says does not."""
    differing = 0
    for account in model.accounts:
        latest = BalanceCheck.objects.for_user(model.user).filter(account=account).agreed().first()
        account.refresh_from_db()
        assert account.reconciled_to == (latest.day if latest else None)
        differing += latest is not None and model.balance(account, latest.day) != latest.stated
    assert len(disagreements(model.user)) == differing
