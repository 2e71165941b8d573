"""Entering, changing and deleting transactions through the pages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from accounts.models import Account
from tests.factories import at, make_account, make_subcategory, make_transaction, make_user
from transactions.models import Transaction
from transactions.rules.services import RuleTerms, add_rule
from transactions.rules.suggestions import Wanted, suggest
from wealthwise.core.caching import forget

ADD, TRANSFER = "/transactions/add/", "/transactions/transfer/"


def edit_url(row):
    return f"/transactions/{row.pk}/"


def entry(**fields):
    typed = {"direction": "expense", "amount": "12.50", "description": "Corner shop", "date": "2026-03-15"}
    return {name: value for name, value in (typed | fields).items() if value is not None}


def close(account):
    Account.objects.filter(pk=account.pk).update(is_active=False, closed_on=date(2026, 4, 1))
    forget(account.user_id)


def only(user):
    return Transaction.objects.for_user(user).get()


def test_an_expense_is_stored_negative_at_noon(owner, owner_client):
    account, subcategory = make_account(owner), make_subcategory(owner)
    typed = entry(account=account.pk, subcategory=subcategory.pk, comment="two loaves")
    response = owner_client.post(ADD, typed)
    assert (response.status_code, response["Location"]) == (302, "/transactions/")
    row = only(owner)
    assert (row.amount, row.description, row.comment) == (Decimal("-12.50"), "Corner shop", "two loaves")
    assert (row.account_id, row.subcategory_id) == (account.pk, subcategory.pk)
    assert row.transaction_date == at(owner, "2026-03-15")
    account.refresh_from_db()
    assert account.current_balance == Decimal("-12.50")


def test_income_is_possible(owner, owner_client):
    """Was wrong: income was impossible."""
    owner_client.post(ADD, entry(direction="income", amount="3000"))
    assert only(owner).amount == 3000


def test_the_date_is_kept(owner, owner_client):
    """Was wrong: the date was ignored."""
    owner_client.post(ADD, entry(date="2024-02-29", time="07:45"))
    assert only(owner).transaction_date == datetime(2024, 2, 29, 7, 45, tzinfo=UTC)


def test_noon_is_noon_in_the_persons_zone(db, client):
    person = make_user("far", time_zone="Pacific/Auckland")
    client.force_login(person)
    client.post(ADD, entry())
    assert only(person).transaction_date == datetime(2026, 3, 14, 23, tzinfo=UTC)


def test_a_refund_is_income_in_an_expense_subcategory(owner, owner_client):
    owner_client.post(ADD, entry(direction="income", subcategory=make_subcategory(owner).pk))
    assert only(owner).amount == Decimal("12.50")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("12.50+3", "-15.50"), ("1 234,50", "-1234.50"), ("9999999999.99", "-9999999999.99"), ("10/3", "-3.33")],
)
def test_amounts_accept_arithmetic(owner, owner_client, typed, stored):
    owner_client.post(ADD, entry(amount=typed))
    assert only(owner).amount == Decimal(stored)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "-5"),
        ("amount", "10-10"),
        ("amount", "10000000000"),
        ("amount", "1.005"),
        ("amount", "twelve"),
        ("amount", ""),
        ("amount", "1/0"),
        ("description", ""),
        ("description", "   "),
        ("description", "x" * 201),
        ("comment", "x" * 501),
        ("date", "2026-02-30"),
        ("date", "1899-12-31"),
        ("date", "9999-12-31"),
        ("date", ""),
        ("time", "25:00"),
        ("direction", "sideways"),
        ("direction", ""),
        ("account", "999999"),
        ("subcategory", "x"),
    ],
)
def test_wrong_input_is_told_and_everything_typed_is_kept(owner, owner_client, field, value):
    response = owner_client.post(ADD, entry(**{"comment": "kept", field: value}))
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form["comment"].value() == ("kept" if field != "comment" else value)
    assert 'value="Corner shop"' in response.content.decode() or field == "description"
    assert not Transaction.objects.for_user(owner).exists()


def test_save_and_add_another_starts_with_the_last_day_and_account(owner, owner_client):
    make_account(owner, "Before")
    account = make_account(owner)
    response = owner_client.post(ADD, entry(account=account.pk, date="2026-03-01", another="1"))
    assert response["Location"] == f"{ADD}?date=2026-03-01&next=%2Ftransactions%2F"
    form = owner_client.get(response["Location"]).context["form"]
    assert (form["date"].value(), form["account"].value()) == (date(2026, 3, 1), account.pk)
    form = owner_client.get(ADD).context["form"]
    assert form["date"].value() != date(2026, 3, 1)


def test_an_account_is_chosen_as_long_as_there_is_an_open_one(owner, owner_client, stranger):
    def chosen(**query):
        return owner_client.get(ADD, query).context["form"]["account"].value()

    make_transaction(stranger, account=make_account(stranger))
    assert chosen() is None
    card = make_account(owner, "Card", account_type="credit")
    assert chosen() == card.pk  # the only one
    first = make_account(owner, "First", account_type="checking")
    make_account(owner, "Second", account_type="checking")
    assert chosen() == first.pk  # the first checking one
    make_transaction(owner, day="2026-03-02", account=card)
    make_transaction(owner, day="2026-03-03")  # without an account
    assert chosen() == card.pk  # the last used ever
    owner_client.post(ADD, entry(account=first.pk, date="2026-01-01"))
    assert chosen() == first.pk  # the last used by this session
    assert chosen(account=card.pk) == str(card.pk)  # that of the page
    close(first)
    assert chosen() == card.pk


def test_the_first_entry_of_a_session_is_today_in_the_persons_zone(db, client):
    person = make_user("far", time_zone="Pacific/Auckland")
    client.force_login(person)
    with time_machine.travel(datetime(2026, 3, 14, 20, tzinfo=UTC)):
        assert client.get(ADD).context["form"]["date"].value() == date(2026, 3, 15)


def test_a_link_can_say_what_an_entry_begins_with(owner, owner_client):
    subcategory = make_subcategory(owner)
    query = {"subcategory": subcategory.pk, "date": "2026-03-02", "direction": "income"}
    form = owner_client.get(ADD, query).context["form"]
    assert (form["subcategory"].value(), form["date"].value()) == (str(subcategory.pk), date(2026, 3, 2))
    assert owner_client.get(ADD, {"date": "2026-02-30"}).status_code == 200


def test_subcategories_are_grouped_by_category_and_closed_accounts_left_out(owner, owner_client):
    make_subcategory(owner, "Fuel", "Car")
    make_subcategory(owner)
    make_account(owner, "Closed", is_active=False)
    text = owner_client.get(ADD).content.decode()
    assert '<optgroup label="Car">' in text
    assert text.index('label="Car"') < text.index('label="Food"')
    assert "Closed" not in text


def test_edit_replaces_and_keeps_the_timestamp_while_day_and_time_stay(owner, owner_client):
    stored = datetime(2026, 3, 15, 8, 30, 12, 345, tzinfo=UTC)
    row = make_transaction(owner, transaction_date=stored)
    form = owner_client.get(edit_url(row)).context["form"]
    assert (form["amount"].value(), form["direction"].value(), str(form["time"].value())[:5]) == (
        "12.50",
        "expense",
        "08:30",
    )
    owner_client.post(edit_url(row), entry(amount="20", time="08:30", direction="income"))
    row.refresh_from_db()
    assert (row.amount, row.transaction_date) == (20, stored)
    owner_client.post(edit_url(row), entry(time=""))
    row.refresh_from_db()
    assert (row.booked_time, row.transaction_date) == (None, at(owner, "2026-03-15"))
    owner_client.post(edit_url(row), entry(time="09:00"))
    row.refresh_from_db()
    assert row.transaction_date == datetime(2026, 3, 15, 9, tzinfo=UTC)
    owner_client.post(edit_url(row), entry(date="2026-03-16", time=""))
    row.refresh_from_db()
    assert row.transaction_date == at(owner, "2026-03-16")


def test_edit_offers_the_closed_account_that_the_row_is_in(owner, owner_client):
    closed = make_account(owner, "Closed", is_active=False)
    row = make_transaction(owner, account=closed)
    assert owner_client.post(edit_url(row), entry(account=closed.pk, comment="still there")).status_code == 302
    row.refresh_from_db()
    assert (row.account, row.comment) == (closed, "still there")


def test_after_saving_one_is_where_one_came_from(owner, owner_client):
    row = make_transaction(owner)
    response = owner_client.post(edit_url(row), entry(next="/transactions/?q=shop"))
    assert response["Location"] == "/transactions/?q=shop"
    for elsewhere in ("https://example.com/", "//example.com/", "javascript:alert(1)"):
        assert owner_client.post(edit_url(row), entry(next=elsewhere))["Location"] == "/transactions/"


def test_delete_asks_and_then_deletes(owner, owner_client):
    account = make_account(owner)
    row, other = make_transaction(owner, account=account), make_transaction(owner)
    url = f"{edit_url(row)}delete/"
    assert "You can undo it" in owner_client.get(url).content.decode()
    assert Transaction.objects.for_user(owner).count() == 2
    assert owner_client.post(url)["Location"] == "/transactions/"
    assert only(owner) == other
    account.refresh_from_db()
    assert account.current_balance == 0


def suggested(client, description):
    return client.get("/transactions/suggest/", {"description": description}).json()


def filing(client, description):
    found = suggested(client, description)
    return found["subcategory"], found["reason"]


def test_a_subcategory_is_suggested_with_the_reason(owner, owner_client, stranger):
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    make_transaction(owner, "-1", "2026-03-01", "Cinema", subcategory=fun)
    assert suggested(owner_client, "Cinema") == {
        "description": "Cinema",
        "uses": 0,
        "subcategory": fun.pk,
        "account": None,
        "amount": "1.00",
        "direction": "expense",
        "reason": "as in your one “Cinema” before",
    }
    make_transaction(owner, "-1", "2026-03-05", "CINEMA", subcategory=food)
    make_transaction(owner, "-1", "2026-03-09", "Cinema")
    # Of two equal ones the later; what was never filed does not count.
    assert filing(owner_client, " cinema ") == (food.pk, "as in 1 of your 2 “cinema” before")
    make_transaction(owner, "-1", "2026-02-01", "Cinema", subcategory=fun)
    assert suggested(owner_client, "Cinema")["reason"] == "as in 2 of your 3 “Cinema” before"
    make_transaction(stranger, "-1", "2026-03-10", "Zoo", subcategory=make_subcategory(stranger))
    for text in ("Zoo", ""):
        assert {name: value for name, value in suggested(owner_client, text).items() if value} in (
            {"description": text},
            {},
        )


def test_a_suggestion_is_the_majority_of_all(owner, owner_client):
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    for day in range(1, 26):
        make_transaction(owner, "-1", f"2026-01-{day:02}", "Shop", subcategory=food)
    assert suggested(owner_client, "Shop")["reason"] == "as in all your 25 “Shop” before"
    for day in range(1, 25):
        make_transaction(owner, "-1", f"2026-02-{day:02}", "Shop", subcategory=fun)
    assert filing(owner_client, "Shop") == (food.pk, "as in 25 of your 49 “Shop” before")


def completed(client, description):
    return client.get("/transactions/completions/", {"description": description}).json()["found"]


def test_descriptions_are_completed_most_used_first_with_what_goes_with_them(owner, owner_client, stranger):
    food, card, closed = make_subcategory(owner), make_account(owner, "Card"), make_account(owner, "Old")
    for day in range(1, 4):
        make_transaction(owner, f"-{day}", f"2026-03-0{day}", "Corner SHOP", subcategory=food, account=closed)
    make_transaction(owner, "-9.5", "2026-03-05", "corner shop", account=card)
    for day in (1, 2):
        make_transaction(owner, "20", f"2026-02-0{day}", "Refund of a corner", account=closed)
    make_transaction(owner, "-1", "2026-01-01", "100% corner_", account=card)
    close(closed)
    make_transaction(stranger, "-1", "2026-03-10", "Corner of a stranger")
    found = completed(owner_client, "corner")
    assert [(each["description"], each["uses"]) for each in found] == [
        ("corner shop", 4), ("Refund of a corner", 2), ("100% corner_", 1),
    ]  # fmt: skip
    assert found[0] == {
        "description": "corner shop",
        "uses": 4,
        "subcategory": food.pk,
        "account": card.pk,
        "amount": "9.50",
        "direction": "expense",
        "reason": "as in all your 3 “corner shop” before",
    }
    assert (found[1]["direction"], found[1]["account"]) == ("income", None)  # it was closed
    assert [each["description"] for each in completed(owner_client, "shop COR")] == ["corner shop"]
    assert [each["description"] for each in completed(owner_client, "0% r_")] == ["100% corner_"]
    assert completed(owner_client, "%") == completed(owner_client, "100%")
    assert completed(owner_client, " ") == []


def test_completion_and_suggestion_give_one_answer(owner, owner_client):
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun", "Leisure")
    add_rule(user=owner, terms=RuleTerms(text="kino", subcategory=fun))
    for name, subcategory in (("Kino", food), ("Shop", food), ("Shop", fun), ("Shop", food)):
        make_transaction(owner, "-1", "2026-03-01", name, subcategory=subcategory)
    for name in ("Kino", "Shop"):
        (found,) = completed(owner_client, name)
        assert found | {"uses": 0} == suggested(owner_client, name)
    many = [Wanted(name) for name in ("Kino", "Shop", *(f"Other {number}" for number in range(60)))]
    few = suggest(owner, many[:2])
    assert suggest(owner, many) == few  # however many are asked for at once


# Three actors.


@pytest.fixture
def theirs(stranger):
    """The stranger's look-alike of everything."""
    account = make_account(stranger)
    return {
        "account": account,
        "subcategory": make_subcategory(stranger),
        "row": make_transaction(stranger, account=account),
    }


@pytest.mark.parametrize("field", ["account", "subcategory"])
def test_nothing_can_be_filed_under_what_is_anothers(owner, owner_client, theirs, field):
    response = owner_client.post(ADD, entry(**{field: theirs[field].pk}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    row = make_transaction(owner)
    assert owner_client.post(edit_url(row), entry(amount="99", **{field: theirs[field].pk})).status_code == 422
    row.refresh_from_db()
    assert (row.amount, row.account_id, row.subcategory_id) == (Decimal("-12.50"), None, None)
    assert theirs[field].name not in owner_client.get(ADD).content.decode()


def test_anothers_transaction_is_not_there(owner, stranger, stranger_client, theirs):
    row = make_transaction(owner)
    assert stranger_client.get(edit_url(row)).status_code == 404
    assert stranger_client.post(edit_url(row), entry(amount="99")).status_code == 404
    assert stranger_client.get(f"{edit_url(row)}delete/").status_code == 404
    assert stranger_client.post(f"{edit_url(row)}delete/").status_code == 404
    row.refresh_from_db()
    assert row.amount == Decimal("-12.50")
    assert Transaction.objects.for_user(stranger).count() == 1


def test_anonymous_people_sign_in_first(owner, client):
    row = make_transaction(owner)
    for url in (ADD, TRANSFER, edit_url(row), f"{edit_url(row)}delete/", "/transactions/suggest/"):
        for response in (client.get(url), client.post(url, entry())):
            assert response.status_code == 302
            assert "/login/" in response["Location"]
    assert only(owner).amount == Decimal("-12.50")


def test_pages_take_few_statements(owner, owner_client, django_assert_max_num_queries):
    for number in range(30):
        make_subcategory(owner, f"Sub {number}", f"Category {number % 5}")
    row = make_transaction(owner, account=make_account(owner))
    for url in (ADD, TRANSFER, edit_url(row)):
        with django_assert_max_num_queries(6):
            owner_client.get(url)
