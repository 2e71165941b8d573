"""Possible transfers: what is offered, what a decision does, and that no decision is taken twice."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from tests.concurrency import at_once
from tests.examples import COSTLY
from tests.factories import WHO_ASKS, booked_at, make_account, make_subcategory, make_transaction, make_user
from tests.operations.plan.explain import explain
from transactions.bulk import services as bulk
from transactions.importing import services as importing
from transactions.ledger import services
from transactions.models import SpendingSummary, Transaction, TransferRefusal
from transactions.pairing import hints
from transactions.transfers import services as transfer_services
from wealthwise.core.errors import NotFound

HOME = "/transactions/transfers/"
pytestmark = pytest.mark.django_db


def day(ago: int) -> datetime:
    return timezone.now() - timedelta(days=ago)


@pytest.fixture
def accounts(owner: Any) -> tuple[Account, Account]:
    return make_account(owner, "Cheque", "500"), make_account(owner, "Savings")


def book(user: Any, amount: str, account: Account | None, ago: int = 10, **fields: Any) -> Transaction:
    return make_transaction(user, amount, account=account, transaction_date=day(ago), **fields)


def offered(user: Any, **options: Any) -> list[tuple[int, int]]:
    return [(pair.out.id, pair.into.id) for pair in hints.find(user, **options).pairs]


def keys(user: Any) -> list[uuid.UUID | None]:
    return list(Transaction.objects.for_user(user).order_by("id").values_list("transfer_id", flat=True))


# What is offered


def test_opposite_amounts_in_two_accounts_are_offered(owner: Any, owner_client: Any, accounts: Any) -> None:
    out = book(owner, "-200", accounts[0], 10, description="To savings")
    into = book(owner, "200", accounts[1], 8, description="From cheque")
    page = owner_client.get(HOME)
    pair = page.context["pairs"][0]
    assert (pair.out.id, pair.into.id, pair.amount) == (out.pk, into.pk, Decimal(200))
    assert (pair.out.account, pair.into.account) == ("Cheque", "Savings")
    assert (pair.out.description, pair.into.description) == ("To savings", "From cheque")
    assert "$200.00" in page.text
    assert offered(owner) == [(out.pk, into.pk)]
    assert "1 pair of transactions looks like a transfer" in owner_client.get(f"/accounts/{accounts[1].pk}/").text


@pytest.mark.parametrize(
    ("amount", "account", "ago"),
    [("200.01", 1, 10), ("-200", 1, 10), ("200", 0, 10), ("200", None, 10), ("200", 1, 5), ("200", 1, 15)],
)
def test_what_does_not_fit_is_not(owner: Any, accounts: Any, amount: str, account: int | None, ago: int) -> None:
    book(owner, "-200", accounts[0], 10)
    book(owner, amount, None if account is None else accounts[account], ago)
    assert offered(owner) == []


def test_four_days_are_days_where_the_person_is() -> None:
    user = make_user("auckland", time_zone="Pacific/Auckland")
    first, second = make_account(user, "A"), make_account(user, "B")
    noon = timezone.now().replace(hour=12, minute=0) - timedelta(days=20)  # past midnight there
    make_transaction(user, "-5", account=first, transaction_date=noon)
    make_transaction(user, "5", account=second, transaction_date=noon - timedelta(days=4, hours=-11))
    assert len(offered(user)) == 1
    Transaction.objects.filter(amount__gt=0).update(**booked_at(user, noon - timedelta(days=4, hours=13)))
    assert offered(user) == []


def test_each_row_is_offered_once_with_its_nearest(owner: Any, accounts: Any) -> None:
    third = make_account(owner, "Third")
    out = book(owner, "-50", accounts[0], 10)
    far, near = book(owner, "50", accounts[1], 13), book(owner, "50", third, 11)
    assert offered(owner) == [(out.pk, near.pk)]
    transfer_services.refuse_pair(user=owner, out_id=out.pk, into_id=near.pk)
    assert offered(owner) == [(out.pk, far.pk)]


def test_what_others_have_makes_no_pair(owner: Any, stranger: Any, accounts: Any) -> None:
    book(owner, "-200", accounts[0])
    book(stranger, "200", make_account(stranger, "Savings"))
    assert offered(owner) == offered(stranger) == []


def test_it_looks_back_as_far_as_asked(owner: Any, owner_client: Any, accounts: Any) -> None:
    book(owner, "-200", accounts[0], 500)
    book(owner, "200", accounts[1], 500)
    assert owner_client.get(HOME).context["pairs"] == []
    assert "No open pairs" in owner_client.get(f"{HOME}?days=90").text
    assert len(owner_client.get(f"{HOME}?days=1830").context["pairs"]) == 1
    assert owner_client.get(f"{HOME}?days=junk&made=junk&refused=junk").status_code == 200


def choices(made: list[Transaction], refused: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """What the statement is to offer, by looking at every pair there is."""

    def fits(out: Transaction, into: Transaction) -> bool:
        apart = abs((out.booked_on - into.booked_on).days)
        is_pair = out.amount < 0 and into.amount == -out.amount and out.account != into.account and apart <= 4
        return is_pair and (out.pk, into.pk) not in refused

    def nearest(row: Transaction, others: list[Transaction]) -> Transaction | None:
        return min(others, key=lambda other: (abs((other.booked_on - row.booked_on).days), other.pk), default=None)

    found = []
    for out in made:
        into = nearest(out, [other for other in made if fits(out, other)])
        if into is not None and nearest(into, [other for other in made if fits(other, into)]) is out:
            found.append((out.pk, into.pk))
    return sorted(found)


@COSTLY
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([-2, -1, 1, 2]), st.integers(1, 12)), min_size=1, max_size=14
    )
    | st.lists(  # many equal amounts on few days, where nearly all rows could be each other's
        st.tuples(st.integers(0, 2), st.sampled_from([-1, 1]), st.integers(5, 6)), min_size=6, max_size=16
    ),
    refusals=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=5),
)
def test_each_is_offered_with_its_choice_and_nothing_else_is(
    owner: Any, rows: list[tuple[int, int, int]], refusals: list[tuple[int, int]]
) -> None:
    Transaction.objects.for_user(owner).delete()
    TransferRefusal.objects.for_user(owner).delete()
    accounts = [Account.objects.get_or_create(user=owner, name=name)[0] for name in "ABC"]
    made = Transaction.objects.bulk_create(
        Transaction(user=owner, account=accounts[place], amount=amount, description="x", **booked_at(owner, day(ago)))
        for place, amount, ago in rows
    )
    refused = {(made[a % len(made)].pk, made[b % len(made)].pk) for a, b in refusals if a % len(made) != b % len(made)}
    TransferRefusal.objects.bulk_create(TransferRefusal(user=owner, out_id=out, into_id=into) for out, into in refused)
    pairs = offered(owner)
    assert sorted(pairs) == choices(made, refused)
    used = [pk for pair in pairs for pk in pair]
    assert len(set(used)) == len(used)
    for row in made:
        marked = row.pk in hints.among(owner, [(row.booked_on, Decimal(row.amount))])
        assert marked == (row.pk in used), "the list says of each row alone what the page says of all"
        assert bool(hints.find_of_row(owner, row.pk, row.booked_on).pairs) == marked


def test_a_thousand_equal_amounts_cost_what_a_thousand_rows_cost(owner: Any, accounts: Any) -> None:
    """Each row once and its group once; every pair of them would be a quarter of a million."""
    Transaction.objects.bulk_create(
        Transaction(
            user=owner, account=accounts[n % 2], amount=1 - 2 * (n % 2), description="x", **booked_at(owner, day(5))
        )
        for n in range(1000)
    )
    with CaptureQueriesContext(connection) as sent:
        assert len(offered(owner)) == 1
    plan = explain((sent[0]["sql"], []), analyze=True)
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in plan.nodes) == 1000


# Decisions


def test_make_it_a_transfer_and_undo(owner: Any, owner_client: Any, accounts: Any) -> None:
    food = make_subcategory(owner)
    out, into = book(owner, "-200", accounts[0], subcategory=food), book(owner, "200", accounts[1])
    answer = owner_client.post(f"{HOME}make/", {"out": out.pk, "into": into.pk})
    first, second = keys(owner)
    assert first == second is not None
    assert answer.url == f"{HOME}?made={first}"
    assert SpendingSummary.objects.for_user(owner).filter(spent__gt=0).count() == 0
    page = owner_client.get(answer.url)
    assert "It is a transfer now" in page.text
    assert page.context["pairs"] == []
    owner_client.post(f"{HOME}undo/", {"transfer": first})
    assert keys(owner) == [None, None]
    # As before to the last cent and with its subcategory; and offered again.
    summary = SpendingSummary.objects.for_user(owner).get(subcategory=food)
    assert (summary.spent, summary.transaction_count) == (Decimal(200), 1)
    assert offered(owner) == [(out.pk, into.pk)]


def test_the_page_says_only_what_still_stands(
    owner: Any, owner_client: Any, stranger_client: Any, accounts: Any
) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    key = transfer_services.make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    refusal = transfer_services.refuse_pair(user=owner, out_id=out.pk, into_id=into.pk)
    for query, words in ((f"made={key}", "It is a transfer now"), (f"refused={refusal}", "Left as they are")):
        assert words in owner_client.get(f"{HOME}?{query}").text
        assert words not in stranger_client.get(f"{HOME}?{query}").text
    assert "It is a transfer now" not in owner_client.get(f"{HOME}?made={uuid.uuid4()}").text


def test_balances_stay_whatever_is_decided(owner: Any, accounts: Any) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    before = list(Account.objects.order_by("pk").values_list("current_balance", flat=True))
    key = transfer_services.make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    assert list(Account.objects.order_by("pk").values_list("current_balance", flat=True)) == before
    transfer_services.split_transfer(user=owner, transfer_id=key, is_none=False)
    assert list(Account.objects.order_by("pk").values_list("current_balance", flat=True)) == before


def test_not_a_transfer_is_remembered_and_can_be_undone(owner: Any, owner_client: Any, accounts: Any) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    answer = owner_client.post(f"{HOME}refuse/", {"out": out.pk, "into": into.pk})
    assert offered(owner) == []
    again = owner_client.post(f"{HOME}refuse/", {"out": out.pk, "into": into.pk})
    assert again.url == answer.url
    assert "Left as they are" in owner_client.get(answer.url).text
    owner_client.post(f"{HOME}undo/", {"refusal": TransferRefusal.objects.get().pk})
    assert offered(owner) == [(out.pk, into.pk)]


def test_an_edited_transfer_can_be_said_to_be_none(owner: Any, owner_client: Any, accounts: Any) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    key = transfer_services.make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    assert "Not a transfer" in owner_client.get(f"/transactions/{out.pk}/").text
    back = {"transfer": key, "is_none": "on", "next": "/transactions/?q=x"}
    assert owner_client.post(f"{HOME}undo/", back).url == "/transactions/?q=x"
    assert keys(owner) == [None, None]
    assert offered(owner) == []
    assert "Not a transfer" not in owner_client.get(f"/transactions/{out.pk}/").text


def test_htmx_gets_the_answer_in_place_of_the_pair(owner: Any, owner_client: Any, accounts: Any) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    for path, words in (("refuse", "Left as they are"), ("make", "It is a transfer now"), ("make", "no longer match")):
        answer = owner_client.post(f"{HOME}{path}/", {"out": out.pk, "into": into.pk}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert words in answer.text
        assert "<html" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "-199"},
        {"account_id": None},
        {"booked_on": date(2020, 1, 1), "transaction_date": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
    ids=["amount", "account", "date"],
)
def test_rows_that_changed_meanwhile_are_not_joined(owner: Any, owner_client: Any, accounts: Any, change: Any) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    Transaction.objects.filter(pk=out.pk).update(**change)
    answer = owner_client.post(f"{HOME}make/", {"out": out.pk, "into": into.pk}, follow=True)
    assert "no longer match" in str(next(iter(answer.context["messages"])))
    assert keys(owner) == [None, None]


@pytest.mark.parametrize(
    "typed", [{}, {"out": "x", "into": "y"}, {"out": "9" * 30, "into": "1"}, {"out": "1", "into": "2"}]
)
def test_junk_is_told_and_changes_nothing(owner_client: Any, typed: dict[str, str]) -> None:
    for path in ("make", "refuse", "undo"):
        assert owner_client.post(f"{HOME}{path}/", typed, follow=True).status_code == 200
    assert not TransferRefusal.objects.exists()


def test_nobody_decides_about_anothers_rows(
    owner: Any, stranger: Any, stranger_client: Any, staff_client: Any, client: Any, accounts: Any
) -> None:
    out, into = book(owner, "-200", accounts[0]), book(owner, "200", accounts[1])
    theirs = book(stranger, "200", make_account(stranger))
    key = transfer_services.make_transfer(user=owner, out_id=out.pk, into_id=into.pk)
    refusal = TransferRefusal.objects.create(user=owner, out_id=1, into_id=2)
    for somebody in (stranger_client, staff_client):
        for typed in ({"out": out.pk, "into": into.pk}, {"out": out.pk, "into": theirs.pk}):
            somebody.post(f"{HOME}make/", typed)
            somebody.post(f"{HOME}refuse/", typed)
        somebody.post(f"{HOME}undo/", {"transfer": key})
        somebody.post(f"{HOME}undo/", {"refusal": refusal.pk})
    for path in ("", "make/", "refuse/", "undo/"):
        assert "/auth/login/" in client.post(f"{HOME}{path}", {}).url
    assert keys(owner) == [key, key]
    assert list(TransferRefusal.objects.all()) == [refusal]
    assert keys(stranger) == [None]


# Several at once


REFUSALS = (services.RefusedTransfer, NotFound, importing.ImportRefused)


def race(*actions: Callable[[], Any]) -> list[Any]:
    return at_once(*actions, refusals=REFUSALS)


def test_the_list_marks_the_rows_of_a_pair_and_leads_to_it(
    owner: Any, owner_client: Any, stranger: Any, accounts: Any
) -> None:
    theirs = make_account(stranger), make_account(stranger, "Savings")
    out = book(owner, "-200", accounts[0], 700)
    into = book(owner, "200", accounts[1], 698, subcategory=make_subcategory(owner))
    book(owner, "-9", accounts[0], 3)
    book(stranger, "9", theirs[1], 3)
    book(stranger, "-200", theirs[0], 700)
    page = owner_client.get("/transactions/")
    assert re.findall(r'class="ledger-hint" href="([^"]+)"', page.text) == [
        f"{HOME}?row={into.pk}",
        f"{HOME}?row={out.pk}",
    ]
    found = owner_client.get(f"{HOME}?row={into.pk}").context["pairs"]
    assert [(pair.out.id, pair.into.id) for pair in found] == [(out.pk, into.pk)], (
        "older than the page looks by itself"
    )
    assert (
        owner_client.get(f"{HOME}?row={Transaction.objects.for_user(stranger).latest('pk').pk}").context["row"] is None
    )
    filtered = owner_client.get(f"/transactions/?account={accounts[0].pk}")
    assert filtered.text.count("ledger-hint") == 1, "the other side need not be in the list"
    owner_client.post(f"{HOME}refuse/", {"out": out.pk, "into": into.pk})
    assert "ledger-hint" not in owner_client.get("/transactions/").text
    answer = owner_client.get(f"{HOME}?row={out.pk}").text
    assert "This transaction does not look like one side of a transfer any more." in answer


def test_a_year_of_equal_amounts_costs_what_its_rows_cost(owner: Any, accounts: Any) -> None:
    """One amount, in both directions, each day: by amount alone every row would meet all of them."""
    Transaction.objects.bulk_create(
        Transaction(
            user=owner,
            account=accounts[n % 2],
            amount=1 - 2 * (n % 2),
            description="x",
            **booked_at(owner, day(n // 2)),
        )
        for n in range(600)
    )
    with CaptureQueriesContext(connection) as sent:
        assert hints.find(owner).total == 300
    plan = explain((sent[0]["sql"], []), analyze=True)
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in plan.nodes) <= 300 * 9
    assert max(node.get("Rows Removed by Join Filter", 0) for node in plan.nodes) <= 300


@pytest.mark.django_db(transaction=True)
def test_of_many_presses_at_once_one_makes_the_transfer() -> None:
    user = make_user("racer")
    first, second = make_account(user, "A"), make_account(user, "B")
    out, into, other = book(user, "-5", first), book(user, "5", second), book(user, "5", second)
    answers = race(
        *[lambda: transfer_services.make_transfer(user=user, out_id=out.pk, into_id=into.pk)] * 3,
        lambda: transfer_services.make_transfer(user=user, out_id=out.pk, into_id=other.pk),
    )
    made = [answer for answer in answers if isinstance(answer, uuid.UUID)]
    assert len(made) == 1
    assert Transaction.objects.filter(transfer_id=made[0]).count() == 2
    assert Transaction.objects.filter(transfer_id=None).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(4))
def test_a_deletion_at_the_same_moment_never_leaves_half_a_transfer(number: int) -> None:
    user = make_user("racer")
    out, into = book(user, "-5", make_account(user, "A")), book(user, "5", make_account(user, "B"))
    race(
        lambda: transfer_services.make_transfer(user=user, out_id=out.pk, into_id=into.pk),
        lambda: bulk.delete_one(user=user, row=[out, into][number % 2]),
    )
    left = list(Transaction.objects.values_list("transfer_id", flat=True))
    assert left in ([], [None])


# What the database does for it


def test_the_page_takes_as_many_statements_for_many_as_for_none(
    owner: Any, owner_client: Any, accounts: Any, django_assert_num_queries: Any
) -> None:
    owner_client.get(HOME)
    for times, (low, high) in enumerate(pairwise([0, 1, 30])):
        for number in range(low, high):
            book(owner, f"-{number + 1}", accounts[0])
            book(owner, f"{number + 1}", accounts[1])
        with django_assert_num_queries(WHO_ASKS + 1):
            assert len(owner_client.get(HOME).context["pairs"]) == [1, 30][times]
