"""Accounts: list, add, edit, close, reopen; three actors each."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from accounts.money import services
from tests.factories import make_account, make_transaction

pytestmark = pytest.mark.django_db


def answers(**changes: str) -> dict[str, str]:
    return {
        "name": "Cheque",
        "account_type": "checking",
        "bank_name": "First Bank",
        "number_last4": "",
        "anchor_balance": "100",
        "anchored_on": "2026-01-01",
    } | changes


@pytest.fixture
def account(owner: User) -> Account:
    return make_account(owner, "Current", "250.00", number_last4="1234")


@pytest.fixture
def their_account(stranger: User) -> Account:
    """What the stranger has looks the same."""
    return make_account(stranger, "Current", "250.00", number_last4="1234")


# List


def test_open_accounts_with_balances_and_net_worth(owner: User, owner_client: Client) -> None:
    make_account(owner, "Cheque", "1500.50", bank_name="First Bank", number_last4="9876")
    make_account(owner, "Card", "-400.25", account_type="credit")
    make_account(owner, "Old", "9000", is_active=False)
    overview = owner_client.get("/accounts/").context["overview"]
    assert [
        (label, total, [(row.account.name, row.detail) for row in rows]) for label, total, rows in overview.groups
    ] == [
        ("Checking", Decimal("1500.50"), [("Cheque", "First Bank · ••••\u00a09876")]),
        ("Credit card", Decimal("-400.25"), [("Card", "")]),
    ]
    assert [(row.account.name, row.detail) for row in overview.closed] == [("Old", "Checking")]
    page = owner_client.get("/accounts/").content.decode()
    assert [text in page for text in ("$1,100.25", "$1,500.50", "$400.25", 'over">−$400.25')] == [True] * 4


def test_each_open_account_has_its_year_as_a_line(owner: User, owner_client: Client, account: Account) -> None:
    make_transaction(owner, "-30.00", timezone.localdate(), account=account)
    page = owner_client.get("/accounts/")
    assert "Last 12 months: from $250.00 to $220.00" in page.content.decode()
    (row,) = page.context["overview"].groups[0].rows
    assert (row.line[:5], row.line[-6:]) == ("M2 2L", "L94 26")


def test_the_list_shows_own_accounts_only(owner_client: Client, their_account: Account) -> None:
    response = owner_client.get("/accounts/")
    assert response.context["overview"].groups == []
    assert b"No open account" in response.content


def test_net_worth_is_the_same_sum_in_the_database(owner: User, account: Account) -> None:
    make_account(owner, "Card", "-50.25")
    make_account(owner, "Old", "1000", is_active=False)
    assert Account.objects.for_user(owner).active().net_worth() == Decimal("199.75")


def test_the_list_takes_the_same_queries_for_any_number(
    owner: User, owner_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make_account(owner, f"Account {number}")
    with django_assert_max_num_queries(4):
        assert owner_client.get("/accounts/").status_code == 200


def test_it_wants_a_person(client: Client) -> None:
    assert client.get("/accounts/").url == "/auth/login/?next=/accounts/"


# Add


def test_an_added_account_starts_at_its_balance(owner: User, owner_client: Client) -> None:
    response = owner_client.post("/accounts/add/", answers(anchor_balance="1,200.50+10"))
    assert (response.status_code, response.url) == (302, "/accounts/")
    account = Account.objects.get()
    assert account.user == owner
    assert (account.anchor_balance, account.current_balance) == (Decimal("1210.50"), Decimal("1210.50"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("62-0045-1234 5678", "5678"),
        ("4111 1111 1111 1234", "1234"),
        ("GB29 NWBK 6016 1331 9268 19", "6819"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_only_the_last_four_digits_are_stored(owner_client: Client, typed: str, stored: str) -> None:
    response = owner_client.post("/accounts/add/", answers(number_last4=typed))
    assert response.status_code == 302
    assert Account.objects.get().number_last4 == stored


def test_a_number_without_digits_is_refused(owner_client: Client) -> None:
    response = owner_client.post("/accounts/add/", answers(number_last4="unknown"))
    assert response.context["form"].errors == {"number_last4": ["An account number has digits."]}


def test_a_refused_form_does_not_echo_the_number(owner_client: Client) -> None:
    response = owner_client.post("/accounts/add/", answers(number_last4="4111111111111234", name=""))
    assert b"4111111111111234" not in response.content
    assert b'value="1234"' in response.content


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 101), ("account_type", "gold"), ("anchor_balance", "lots"),
     ("anchor_balance", "10000000000"), ("bank_name", "x" * 101)],
)  # fmt: skip
def test_what_is_refused(owner_client: Client, field: str, value: str) -> None:
    response = owner_client.post("/accounts/add/", answers(**{field: value}))
    assert list(response.context["form"].errors) == [field]
    assert not Account.objects.exists()


def test_no_balance_is_zero(owner_client: Client) -> None:
    owner_client.post("/accounts/add/", answers(anchor_balance=""))
    assert Account.objects.get().current_balance == 0


def test_adding_wants_a_person(client: Client) -> None:
    assert client.post("/accounts/add/", answers()).url == "/auth/login/?next=/accounts/add/"
    assert not Account.objects.exists()


# Edit


def test_a_changed_anchor_moves_the_balance(owner: User, owner_client: Client, account: Account) -> None:
    make_transaction(owner, "-30.00", account=account)
    owner_client.post(f"/accounts/{account.pk}/edit/", answers(anchor_balance="300", number_last4="1234"))
    account.refresh_from_db()
    assert (account.anchor_balance, account.current_balance) == (Decimal(300), Decimal(270))
    assert (account.name, account.bank_name, account.number_last4) == ("Cheque", "First Bank", "1234")


def test_other_changes_leave_the_balance(owner: User, owner_client: Client, account: Account) -> None:
    make_transaction(owner, "-30.00", account=account)
    owner_client.post(f"/accounts/{account.pk}/edit/", answers(anchor_balance="250"))
    account.refresh_from_db()
    assert (account.anchor_balance, account.current_balance) == (Decimal(250), Decimal(220))


def test_a_balance_that_does_not_fit_is_refused_in_a_sentence(
    owner: User, owner_client: Client, account: Account
) -> None:
    make_transaction(owner, "9999999000.00", account=account)
    response = owner_client.post(f"/accounts/{account.pk}/edit/", answers(anchor_balance="9999999999.99"))
    assert response.status_code == 422
    assert "beyond 9,999,999,999.99" in response.content.decode()
    account.refresh_from_db()
    assert account.anchor_balance == Decimal(250)


def test_the_form_shows_what_is_stored(owner_client: Client, account: Account) -> None:
    content = owner_client.get(f"/accounts/{account.pk}/edit/").content
    assert b'value="250.00"' in content
    assert b'value="1234"' in content


ADDRESSES = ["edit/", "close/", "reopen/"]


@pytest.mark.parametrize("action", ADDRESSES)
def test_strangers_find_nothing(
    stranger_client: Client, account: Account, their_account: Account, action: str
) -> None:
    before = list(Account.objects.order_by("pk").values())
    assert stranger_client.post(f"/accounts/{account.pk}/{action}", answers()).status_code == 404
    assert list(Account.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("action", ADDRESSES)
def test_visitors_are_sent_to_sign_in(client: Client, account: Account, action: str) -> None:
    before = list(Account.objects.values())
    path = f"/accounts/{account.pk}/{action}"
    assert client.post(path, answers()).url == f"/auth/login/?next={path}"
    assert list(Account.objects.values()) == before


# Close and reopen


def test_closing_hides_and_reopening_brings_back(owner: User, owner_client: Client, account: Account) -> None:
    make_transaction(owner, "-30.00", account=account)
    assert owner_client.post(f"/accounts/{account.pk}/close/", {"agreed": "220.00"}).url == "/accounts/"
    page = owner_client.get("/accounts/")
    assert [row.account.current_balance for row in page.context["overview"].closed] == [Decimal(220)]
    assert page.context["overview"].net_worth == 0
    assert owner_client.post(f"/accounts/{account.pk}/reopen/").url == f"/accounts/{account.pk}/"
    page = owner_client.get("/accounts/")
    assert page.context["overview"].closed == []
    assert page.context["overview"].net_worth == 220


def test_an_empty_account_closes_at_once(owner: User, owner_client: Client) -> None:
    empty = make_account(owner, "Empty")
    assert owner_client.post(f"/accounts/{empty.pk}/close/").url == "/accounts/"
    assert owner_client.get("/accounts/").context["overview"].closed[0].account.name == "Empty"
    # Twice is no other than once: a closed account has nothing to close.
    assert owner_client.post(f"/accounts/{empty.pk}/close/").status_code == 404


@pytest.mark.parametrize("typed", [{}, {"agreed": "249.99"}, {"agreed": "much"}])
def test_money_in_an_account_asks_before_it_closes(
    owner_client: Client, account: Account, typed: dict[str, str]
) -> None:
    """And asks again when the balance is not the one that was seen."""
    response = owner_client.post(f"/accounts/{account.pk}/close/", typed)
    assert response.status_code == 200
    assert "still holds" in response.text
    assert "Close it with $250.00" in response.text
    account.refresh_from_db()
    assert account.is_active


def test_what_comes_in_while_somebody_agrees_is_not_closed_away(owner: User, account: Account) -> None:
    stale = Account.objects.get(pk=account.pk)
    make_transaction(owner, "-30.00", account=account)
    with pytest.raises(services.HoldsMoney):
        services.close_account(account=stale, agreed=Decimal(250))
    account.refresh_from_db()
    assert account.is_active
    services.close_account(account=stale, agreed=Decimal(220))
    services.close_account(account=stale, agreed=Decimal(1))  # closed already: nothing to ask


@pytest.mark.parametrize(("action", "status"), [("close", 200), ("reopen", 405)])
def test_a_get_changes_nothing(owner_client: Client, account: Account, action: str, status: int) -> None:
    assert owner_client.get(f"/accounts/{account.pk}/{action}/").status_code == status
    account.refresh_from_db()
    assert account.is_active
