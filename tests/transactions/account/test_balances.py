"""Balances at the ends of months: the figures against the rows, in any zone, from one partition."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from tests.factories import WHO_ASKS, make_account, make_subcategory, make_transaction, make_user
from tests.operations.plan.explain import explain
from transactions.account import balances
from transactions.models import Transaction
from wealthwise.core.days import months_before

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def by_hand(account: Account, months: list[date]) -> list[Decimal]:
    """At the ends of months and, of the last one, today: what was there first and all that is booked up to then."""
    rows = [(row.booked_on, row.amount) for row in Transaction.objects.filter(account=account)]
    ends = [*(months_before(month, -1) for month in months[:-1]), NOW.date() + timedelta(days=1)]
    return [account.opening_balance + sum((amount for day, amount in rows if day < end), Decimal(0)) for end in ends]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("zone", ["UTC", "Africa/Johannesburg", "Pacific/Auckland", "America/New_York"])
def test_the_figures_are_those_of_the_rows(zone: str) -> None:
    user = make_user("somebody", time_zone=zone)
    first, second = make_account(user, "First", "100"), make_account(user, "Second", "-7.50")
    draw = random.Random(zone)
    for number in range(120):
        make_transaction(
            user,
            f"{draw.choice([-1, 1]) * draw.randrange(1, 90_000) / 100:.2f}",
            account=draw.choice([first, second]),
            transaction_date=NOW - timedelta(days=draw.randrange(-40, 800), hours=draw.randrange(24)),
            description=str(number),
        )
    months = [months_before(date(2026, 6, 1), count) for count in range(11, -1, -1)]
    found = balances.month_ends(user, months=12)
    for account in (first, second):
        account.refresh_from_db()
        assert found[account.pk] == by_hand(account, months)
        one = balances.history(account, months=12)
        assert [end.month for end in one] == months
        assert [end.balance for end in one] == found[account.pk]
        long = balances.history(account, months=balances.MOST_MONTHS)
        assert [end.balance for end in long] == by_hand(account, [end.month for end in long])
        assert long[0].balance == account.opening_balance


@time_machine.travel(NOW, tick=False)
def test_a_booking_in_the_last_hour_of_a_month_belongs_to_it() -> None:
    user = make_user("somebody", time_zone="Africa/Johannesburg")
    account = make_account(user, opening="0")
    make_transaction(user, "-5", account=account, transaction_date=datetime(2026, 4, 30, 21, 59, tzinfo=UTC))
    make_transaction(user, "-7", account=account, transaction_date=datetime(2026, 4, 30, 22, 0, tzinfo=UTC))
    account.refresh_from_db()
    ends = {end.month: end.balance for end in balances.history(account)}
    assert (ends[date(2026, 3, 1)], ends[date(2026, 4, 1)], ends[date(2026, 5, 1)]) == (0, -5, -12)


def test_an_account_without_rows_is_a_flat_line(owner: Any) -> None:
    account = make_account(owner, opening="12.34")
    assert {end.balance for end in balances.history(account)} == {Decimal("12.34")}
    assert balances.month_ends(owner, months=3) == {account.pk: [Decimal("12.34")] * 3}


def test_others_do_not_count(owner: Any, stranger: Any) -> None:
    account = make_account(owner)
    theirs = make_account(stranger)
    make_transaction(stranger, "-99", account=theirs)
    assert set(balances.month_ends(owner, months=12)) == {account.pk}
    assert {end.balance for end in balances.history(account)} == {0}


# The page


def test_the_page_shows_balance_history_and_newest_rows(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Cheque", "100", bank_name="First Bank", number_last4="9876")
    other = make_account(owner, "Other")
    food = make_subcategory(owner)
    for number in range(10):
        make_transaction(owner, "-10", date(2026, 3, 1 + number), f"Shop {number}", account=account, subcategory=food)
    make_transaction(owner, "-1", account=other, description="Elsewhere")
    page = owner_client.get(f"/accounts/{account.pk}/")
    assert '<span class="stat-value">$0.00</span>' in page.text
    assert '<span class="stat-note">$100.00 at the end of 31 Dec 1999, as your bank said</span>' in page.text
    assert page.context["detail"] == "Checking · First Bank · ••••\u00a09876"
    assert [row.description for row in page.context["rows"]] == [f"Shop {number}" for number in range(9, 1, -1)]
    assert '<span class="row-sub">10 Mar 2026 · Groceries</span>' in page.text
    assert '<span class="row-end amount expense">−$10.00</span>' in page.text
    assert f"/transactions/?account={account.pk}" in page.text
    assert "Elsewhere" not in page.text
    assert "Show as table" in page.text


@pytest.mark.parametrize(("span", "shown"), [("", 12), ("3", 36), ("nonsense", 12)])
def test_a_range_is_chosen_by_the_address(owner: Any, owner_client: Any, span: str, shown: int) -> None:
    account = make_account(owner)
    make_transaction(owner, "-10", date(2010, 1, 1), account=account)
    page = owner_client.get(f"/accounts/{account.pk}/?span={span}")
    assert len(page.context["chart"].labels) == shown


def test_all_of_it_begins_a_month_before_the_first_row(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, opening="50")
    make_transaction(owner, "-10", date(2019, 3, 9), account=account)
    chart = owner_client.get(f"/accounts/{account.pk}/?span=all").context["chart"]
    assert (chart.labels[0], chart.series[0].values[:2]) == ("Feb 2019", [Decimal(50), Decimal(40)])


def test_a_closed_account_can_be_seen_and_reopened(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, is_active=False)
    text = owner_client.get(f"/accounts/{account.pk}/").text
    assert "Reopen account" in text
    assert "Close account" not in text


def test_a_stranger_finds_nothing_and_a_visitor_signs_in(
    owner: Any, stranger: Any, stranger_client: Any, client: Any
) -> None:
    account, _ = make_account(owner, "Secret"), make_account(stranger, "Secret")
    assert stranger_client.get(f"/accounts/{account.pk}/").status_code == 404
    assert client.get(f"/accounts/{account.pk}/").url == f"/auth/login/?next=/accounts/{account.pk}/"


def test_staff_are_strangers_here(owner: Any, staff_client: Any) -> None:
    assert staff_client.get(f"/accounts/{make_account(owner).pk}/").status_code == 404


# What the database does for it


@pytest.fixture
def long_ledger(db: None) -> Account:
    user = make_user("long")
    accounts = [make_account(user, f"Account {number}") for number in range(6)]
    other = make_user("other")
    with connection.cursor() as cursor:
        for person, ids in ((user, [account.pk for account in accounts]), (other, [make_account(other).pk])):
            cursor.execute(
                "INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on,"
                " transaction_date) SELECT %s, (%s::integer[])[1 + n %% %s], -(n %% 90) - 1, 'Shop', '',"
                " (now() - n * interval '5 hours')::date, now() - n * interval '5 hours'"
                " FROM generate_series(1, 12000) n",
                [person.pk, ids, len(ids)],
            )
        cursor.execute("ANALYZE transaction")
    accounts[0].user = user
    return accounts[0]


def one_statement(captured: Any) -> str:
    assert len(captured) == 1
    return str(captured[0]["sql"])


def test_one_account_is_one_statement_over_its_index(long_ledger: Account) -> None:
    with CaptureQueriesContext(connection) as captured:
        balances.history(long_ledger, months=12)
    plan = explain((one_statement(captured), []))
    assert "idx_transaction_user_account_date" in plan.indexes
    assert "Seq Scan" not in {node["Node Type"] for node in plan.nodes if node.get("Relation Name", "") != "account"}
    assert len({name for name in plan.relations if name.startswith("transaction")}) == 1


def test_all_accounts_are_one_statement_in_one_partition(long_ledger: Account) -> None:
    with CaptureQueriesContext(connection) as captured:
        balances.month_ends(long_ledger.user, months=12)
    plan = explain((one_statement(captured), []))
    # Before a vacuum nothing is all-visible, and a narrower index can be the cheaper one.
    narrower = {"idx_transaction_user_account_date", "idx_transaction_user_words"}
    assert plan.indexes & {"idx_transaction_covering", *narrower}
    assert not [node for node in plan.nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "account"]
    assert len({name for name in plan.relations if name.startswith("transaction")}) == 1


def test_the_page_takes_the_same_statements_for_any_number_of_rows(
    owner: Any, owner_client: Any, django_assert_num_queries: Any
) -> None:
    account = make_account(owner)
    owner_client.get(f"/accounts/{account.pk}/")  # the user is in the cache then
    with django_assert_num_queries(WHO_ASKS + 5):
        owner_client.get(f"/accounts/{account.pk}/")
    for number in range(30):
        make_transaction(
            owner,
            "-1",
            date(2026, 3, 1 + number % 28),
            account=account,
            subcategory=make_subcategory(owner, f"S{number}"),
        )
    owner_client.get(f"/accounts/{account.pk}/")
    with django_assert_num_queries(WHO_ASKS + 5):
        owner_client.get(f"/accounts/{account.pk}/")
