"""Balances of files against the ledger: on the check page before the commit, as checks after it, and in a revert."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account
from tests.factories import WHO_ASKS, make_account, make_transaction
from tests.transactions.importing.helpers import booked, imported, staged, statement, step, upload
from transactions.models import BalanceCheck, ImportBatch, Transaction
from transactions.reconciling.services import check_balance

pytestmark = pytest.mark.django_db

HEAD = "Date,Description,Amount,Balance"
MARCH = statement(
    "2026-03-02,Rent,-850,150", "2026-03-02,Coffee,-3.50,146.50", "2026-03-05,Pay,1000,1146.50", head=HEAD
)
PLAIN = statement("2026-03-02,Rent,-850", "2026-03-05,Pay,1000")


def checks(user: Any) -> list[tuple[str, str, str, str]]:
    rows = BalanceCheck.objects.for_user(user).order_by("day", "id")
    return [(row.day.isoformat(), str(row.stated), str(row.ledger), row.outcome) for row in rows]


def reconciled(account: Account) -> date | None:
    return Account.objects.for_user(account.user).get(pk=account.pk).reconciled_to


def commit(client: Any, batch: ImportBatch) -> Any:
    return client.post(step("commit", batch), follow=True)


def test_a_file_that_agrees_reconciles_its_days(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    batch = staged(owner, account, MARCH)
    page = owner_client.get(step("check", batch)).text
    assert "The file says $1,146.50 at the end of 5 Mar 2026, and Current will have just that." in page
    assert checks(owner) == []
    page = commit(owner_client, batch).text
    assert "$1,146.50 at the end of 5 Mar 2026" in page
    assert '<span class="badge badge-good">Agreed</span>' in page
    assert checks(owner) == [("2026-03-05", "1146.50", "1146.50", "equal")]
    assert reconciled(account) == date(2026, 3, 5)
    batch.refresh_from_db()
    assert batch.balances == [["2026-03-02", "146.50"], ["2026-03-05", "1146.50"]]
    page = owner_client.get(f"/accounts/{account.pk}/").text
    assert f'<a href="{step("result", batch)}">bank.csv</a>' in page


def test_a_difference_is_told_before_the_commit_and_after_it(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    typed = make_transaction(owner, "-20", "2026-03-04", "Typed twice", account=account)
    make_transaction(owner, "-5", "2026-03-09", "Later", account=account)
    batch = staged(owner, account, MARCH)
    page = owner_client.get(step("check", batch))
    assert (
        "The file says $1,146.50 at the end of 5 Mar 2026, and Current will have $1,126.50: a difference of +$20.00."
        in page.text
    )
    assert [other[0] for other in page.context["comparison"].others] == [typed.pk]
    assert f'<a href="/transactions/{typed.pk}/">Typed twice</a>' in page.text
    commit(owner_client, batch)
    assert checks(owner) == [("2026-03-02", "146.50", "146.50", "equal"), ("2026-03-05", "1146.50", "1126.50", "open")]
    assert reconciled(account) == date(2026, 3, 2)
    check = BalanceCheck.objects.for_user(owner).get(outcome="open")
    page = owner_client.get(f"/transactions/checks/{check.pk}/")
    assert [(cause.kind, [row.id for row in cause.rows]) for cause in page.context["found"].causes] == [
        ("extra", [typed.pk])
    ]
    assert "By the balances in the file it begins on" in page.text
    assert page.context["found"].begins == date(2026, 3, 5)


def test_an_anchor_that_is_wrong_is_told_from_the_first_balance_on(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "900")
    page = owner_client.get(step("check", staged(owner, account, MARCH))).text
    assert "a difference of +$100.00." in page
    assert "It is there from the first balance of the file on, +$100.00 at the end of 2 Mar 2026" in page


def test_a_past_that_an_anchor_explains_is_compared_too(owner: Any, owner_client: Any) -> None:
    """October comes after the account was said to hold 1,146.50 at the end of 10 March."""
    account = make_account(owner, "Current", anchored_on=date(2026, 3, 10), anchor_balance=Decimal("1146.50"))
    batch = staged(owner, account, MARCH)
    assert "and Current will have just that." in owner_client.get(step("check", batch)).text
    commit(owner_client, batch)
    account.refresh_from_db()
    assert (account.current_balance, account.reconciled_to) == (Decimal("1146.50"), date(2026, 3, 5))


def test_a_file_that_is_there_already_can_still_be_compared(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    imported(owner, account, MARCH)
    BalanceCheck.objects.for_user(owner).delete()
    batch = staged(owner, account, MARCH, "again.csv")
    assert "Keep its balances" in owner_client.get(step("check", batch)).text
    commit(owner_client, batch)
    assert (checks(owner), len(booked(owner))) == ([("2026-03-05", "1146.50", "1146.50", "equal")], 3)


def test_a_balance_of_a_day_to_come_is_shown_and_not_checked(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    file = statement("2026-03-02,Rent,-850,150", "2099-03-02,Coffee,-3,147", head=HEAD)
    commit(owner_client, staged(owner, account, file))
    assert checks(owner) == [("2026-03-02", "150.00", "150.00", "equal")]


def test_without_a_balance_the_result_leads_to_what_the_bank_says(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current")
    page = commit(owner_client, staged(owner, account, PLAIN)).text
    assert f'<a href="/accounts/{account.pk}/#bank">Compare Current with what your bank says</a>' in page
    assert checks(owner) == []


def test_columns_of_balances_can_be_corrected(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    response = upload(owner_client, account, MARCH)
    page = owner_client.get(response.headers["Location"])
    assert page.context["form"]["balance_column"].value() == 3
    assert page.context["columns"].heads[3] == ("Balance", "Balance")


def test_a_revert_asks_and_takes_back_what_the_file_said(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    batch = imported(owner, account, MARCH)
    assert reconciled(account) == date(2026, 3, 5)
    page = owner_client.get(step("revert", batch)).text
    assert "3 of them are of days that are reconciled with your bank." in page
    response = owner_client.post(step("revert", batch))
    assert response.status_code == 409
    assert len(booked(owner)) == 3
    page = owner_client.post(step("revert", batch), {"agreed": "1"}, follow=True).text
    assert "Reverted “bank.csv”: 3 removed." in page
    assert (booked(owner), checks(owner), reconciled(account)) == ([], [], None)


def test_a_revert_says_which_other_check_no_longer_agrees(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    batch = imported(owner, account, PLAIN)
    check_balance(account=account, day=date(2026, 3, 31), stated=Decimal(1150))
    page = owner_client.post(step("revert", batch), {"agreed": "1"}, follow=True).text
    assert "Current no longer agrees with your bank: on 31 Mar 2026 it said $1,150.00" in page
    assert reconciled(account) == date(2026, 3, 31)


def test_new_rows_among_reconciled_days_are_said_before_the_commit(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    check_balance(account=account, day=date(2026, 3, 3), stated=Decimal(1000))
    batch = staged(owner, account, PLAIN)
    page = owner_client.get(step("check", batch)).text
    assert (
        "Current is reconciled with your bank up to 3 Mar 2026, and new rows of this file are of those days." in page
    )
    page = commit(owner_client, batch).text
    assert "Current no longer agrees with your bank: on 3 Mar 2026 it said $1,000.00" in page
    other = make_account(owner, "Other")
    assert "is reconciled" not in owner_client.get(step("check", staged(owner, other, PLAIN))).text


def test_a_stranger_sees_none_of_it(owner: Any, stranger: Any, stranger_client: Any) -> None:
    account = make_account(owner, "Current", "1000")
    theirs = make_account(stranger, "Current", "5")
    batch = staged(owner, account, MARCH)
    assert stranger_client.get(step("check", batch)).status_code == 404
    assert stranger_client.post(step("commit", batch)).status_code == 404
    imported(stranger, theirs, MARCH)
    assert checks(stranger) == [("2026-03-05", "1146.50", "151.50", "open")]
    assert checks(owner) == []
    assert not Transaction.objects.for_user(owner).exists()


def test_pages_of_files_without_balances_take_no_statement_more(
    owner: Any, owner_client: Any, django_assert_num_queries: Any
) -> None:
    account = make_account(owner, "Current")
    batch = staged(owner, account, PLAIN)
    owner_client.get(step("check", batch))
    # The batch, what was decided, what is known, what was typed, and the suggestions.
    with django_assert_num_queries(WHO_ASKS + 5):
        owner_client.get(step("check", batch))
    commit(owner_client, batch)
    with django_assert_num_queries(WHO_ASKS + 3):
        owner_client.get(step("result", batch))
