"""A form that is sent twice acts once, at each page that adds something."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Account, FormReceipt
from budgets.models import (
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from tests.concurrency import at_once
from tests.factories import make_account, make_category, make_period, make_subcategory, make_user, signed_in
from tests.transactions.importing.helpers import COFFEES
from transactions.models import Category, ImportBatch, SavedFilter, Subcategory, Transaction

ADD = "/transactions/add/"
HTMX = {"HX-Request": "true"}
ALREADY = "Nothing was added twice."


def entry(**fields):
    typed = {"direction": "expense", "amount": "12.50", "description": "Corner shop", "date": "2026-03-15"}
    return typed | fields


def key_in(response):
    return re.findall(r'name="once" value="([0-9a-f-]{36})"', response.text)[-1]


def test_the_key_is_new_whenever_a_form_is_shown(owner_client):
    keys = {key_in(owner_client.get(ADD)) for _ in range(3)} | {
        key_in(owner_client.get("/transactions/quick/", headers=HTMX))
    }
    assert len(keys) == 4


def _pages(owner):
    """Each page that adds: its URL, what is typed, and what there is one more of."""
    account, other = make_account(owner), make_account(owner, "Savings")
    food, period = make_subcategory(owner), make_period(owner)
    transfer = {"amount": "5", "source": account.pk, "target": other.pk, "description": "Move", "date": "2026-03-15"}
    anchor = {"name": "Cash", "account_type": "cash", "anchored_on": "2026-03-01", "anchor_balance": "5"}
    days = {
        "name": "April",
        "period_type": "monthly",
        "start": "2026-04-01",
        "end": "2026-04-30",
        "carry_over": "none",
    }
    income = {"name": "Salary", "amount": "100", "period_type": "monthly"}
    allocation = {"subcategory": food.pk, "amount": "10", "period_type": "monthly"}
    return {
        "entry": (ADD, entry(), Transaction, 1),
        "transfer": ("/transactions/transfer/", transfer, Transaction, 2),
        "account": ("/accounts/add/", anchor, Account, 1),
        "category": ("/transactions/categories/add/", {"name": "Hobby", "kind": "expense"}, Category, 1),
        "subcategory": (
            f"/transactions/categories/{food.category_id}/add/",
            {"name": "x", "category": food.category_id},
            Subcategory,
            1,
        ),
        "period": ("/periods/add/", days, BudgetPeriod, 1),
        "recurring income": ("/recurring/income/add/", income, RecurringIncomeSource, 1),
        "recurring allocation": ("/recurring/allocations/add/", allocation, RecurringBudgetAllocation, 1),
        "income": (f"/budget/{period.pk}/income/", income, IncomeSource, 1),
        "filter": ("/transactions/filters/save/", {"name": "Shop", "query": "q=shop"}, SavedFilter, 1),
    }


@pytest.mark.parametrize(
    "name",
    [
        "entry",
        "transfer",
        "account",
        "category",
        "subcategory",
        "period",
        "recurring income",
        "recurring allocation",
        "income",
        "filter",
    ],
)
def test_sent_twice_it_adds_once_and_says_so(owner, owner_client, stranger, name):
    address, typed, model, number = _pages(owner)[name]
    before, theirs = model.objects.filter(user=owner).count(), model.objects.filter(user=stranger).count()
    key = key_in(owner_client.get(address))
    first = owner_client.post(address, typed | {"once": key})
    assert first.status_code == 302, first.context["form"].errors
    second = owner_client.post(address, typed | {"once": key}, follow=True)
    assert ALREADY in second.text
    assert model.objects.filter(user=owner).count() == before + number
    assert model.objects.filter(user=stranger).count() == theirs


def test_the_dialog_and_the_income_of_the_budget_page(owner, owner_client):
    period, key = make_period(owner), str(uuid4())
    for _ in range(2):
        assert owner_client.post("/transactions/quick/", entry(once=key), headers=HTMX).status_code == 204
        sent = {"name": "Salary", "amount": "100", "once": key[::-1].replace("-", "")}
        owner_client.post(f"/budget/{period.pk}/income/", sent, headers=HTMX)
    assert Transaction.objects.for_user(owner).count() == 1
    assert IncomeSource.objects.for_user(owner).count() == 1


def test_money_is_moved_and_a_file_kept_once(owner, owner_client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    period, food, fun = make_period(owner), make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    for place in (food, fun):
        BudgetAllocation.objects.create(user=owner, budget=period.budget, subcategory=place, allocated_amount=50)
    key, other, account = str(uuid4()), str(uuid4()), make_account(owner)
    for _ in range(2):
        sent = {"source": food.pk, "target": fun.pk, "amount": "10", "once": key}
        assert owner_client.post(f"/budget/{period.pk}/move/", sent).status_code == 302
        file = SimpleUploadedFile("bank.csv", COFFEES)
        owner_client.post("/transactions/import/", {"account": account.pk, "file": file, "once": other})
    assert sorted(BudgetAllocation.objects.for_user(owner).values_list("allocated_amount", flat=True)) == [40, 60]
    assert ImportBatch.objects.for_user(owner).count() == 1


def test_another_button_or_way_back_is_the_same_form(owner, owner_client):
    key = key_in(owner_client.get(ADD))
    owner_client.post(ADD, entry(once=key))
    owner_client.post(ADD, entry(once=key, another="1", next="/"))
    assert Transaction.objects.for_user(owner).count() == 1


def test_something_else_in_a_form_that_was_sent_is_asked_and_then_added(owner, owner_client):
    """After Back, the amount was changed: nothing is dropped in silence, and nothing added unasked."""
    key = key_in(owner_client.get(ADD))
    owner_client.post(ADD, entry(once=key))
    asked = owner_client.post(ADD, entry(once=key, amount="13"))
    assert asked.status_code == 422
    assert "with something else in it" in asked.text
    assert Transaction.objects.for_user(owner).count() == 1
    owner_client.post(ADD, entry(once=key_in(asked), amount="13"))
    assert sorted(Transaction.objects.for_user(owner).values_list("amount", flat=True)) == [-13, -12.5]


def test_a_refused_form_can_be_sent_again_with_its_key(owner, owner_client):
    full = make_account(owner, "Full", "-9999999999")
    sent = entry(once=str(uuid4()), account=full.pk)
    assert owner_client.post(ADD, sent).status_code == 422
    assert not FormReceipt.objects.exists()
    Account.objects.filter(pk=full.pk).update(anchor_balance=0)
    assert owner_client.post(ADD, sent).status_code == 302
    assert Transaction.objects.for_user(owner).count() == 1


def test_a_key_is_its_user_s(owner, owner_client, stranger, stranger_client, staff_client):
    key = str(uuid4())
    for client in (owner_client, stranger_client, staff_client):
        assert client.post(ADD, entry(once=key)).status_code == 302
    assert [Transaction.objects.for_user(user).count() for user in (owner, stranger)] == [1, 1]


@pytest.mark.parametrize("key", ["", "no key", "x" * 5000, "00000000-0000-0000-0000-00000000000g"])
def test_without_a_key_it_acts(owner, owner_client, key):
    for _ in range(2):
        assert owner_client.post(ADD, entry(once=key)).status_code == 302
    assert Transaction.objects.for_user(owner).count() == 2
    assert not FormReceipt.objects.exists()


def test_old_receipts_go_as_new_ones_come(owner, owner_client, stranger):
    old = timezone.now() - timedelta(days=8)
    for user in (owner, stranger):
        FormReceipt.objects.create(user=user, key=uuid4(), digest="x", created_at=old)
    owner_client.post(ADD, entry(once=str(uuid4())))
    assert FormReceipt.objects.filter(user=owner).count() == 1
    assert FormReceipt.objects.filter(user=stranger).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_of_four_adds_one() -> None:
    user = make_user("owner")
    make_category(user)
    clients, key = [signed_in(user) for _ in range(4)], str(uuid4())
    answers = at_once(*[lambda client=client: client.post(ADD, entry(once=key)).status_code for client in clients])
    assert answers == [302] * 4
    assert Transaction.objects.for_user(user).count() == 1
