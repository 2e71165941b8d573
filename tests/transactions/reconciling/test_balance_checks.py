"""Balance checks at the URL: what the bank says, a difference with its causes, three ways out, and who may."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account
from tests.concurrency import at_once, while_waiting
from tests.factories import WHO_ASKS, make_account, make_subcategory, make_transaction, make_user, signed_in
from transactions.models import BalanceCheck, Transaction
from transactions.reconciling import services
from transactions.reconciling.services import StillDiffers

pytestmark = pytest.mark.django_db


def says(client: Any, account: Account, stated: str, day: str) -> Any:
    return client.post(f"/transactions/checks/of/{account.pk}/", {"stated": stated, "day": day})


def check_of(client: Any, account: Account, stated: str, day: str) -> BalanceCheck:
    response = says(client, account, stated, day)
    check = BalanceCheck.objects.for_user(account.user).latest("id")
    assert response.headers["Location"] == f"/transactions/checks/{check.pk}/"
    return check


def url(check: BalanceCheck, step: str = "") -> str:
    return f"/transactions/checks/{check.pk}/{step}"


def stored(check: BalanceCheck) -> tuple[str, str, str, str]:
    row = BalanceCheck.objects.for_user(check.user).get(pk=check.pk)
    return row.day.isoformat(), str(row.stated), str(row.ledger), row.outcome


def reconciled(account: Account) -> date | None:
    return Account.objects.for_user(account.user).get(pk=account.pk).reconciled_to


@pytest.fixture
def account(owner: Any) -> Account:
    account = make_account(owner, "Current", "100")
    for day, amount, text in [
        ("2026-03-02", "-30", "Shoes"),
        ("2026-03-10", "-12.50", "Lunch"),
        ("2026-04-01", "5", "Refund"),
    ]:
        make_transaction(owner, amount, day, text, account=account)
    return account


def test_what_agrees_is_reconciled_up_to_its_day(owner: Any, owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "57.50", "2026-03-31")
    assert stored(check) == ("2026-03-31", "57.50", "57.50", "equal")
    assert reconciled(account) == date(2026, 3, 31)
    page = owner_client.get(url(check)).text
    assert "It agrees. What is booked up to 31 Mar 2026 is reconciled, and changing it asks first." in page
    assert "Or move the anchor" not in page
    page = owner_client.get(f"/accounts/{account.pk}/").text
    assert "Reconciled up to 31 Mar 2026" in page
    assert "$57.50 at the end of 31 Mar 2026" in page
    assert ", typed" in page
    assert '<span class="badge badge-good">Agreed</span>' in page


def test_the_balance_of_any_day_is_compared(owner: Any, owner_client: Any) -> None:
    """Before the anchor as well as after it."""
    account = make_account(owner, anchored_on=date(2026, 3, 15), anchor_balance=Decimal(200))
    make_transaction(owner, "-40", "2026-03-10", account=account)
    make_transaction(owner, "-7", "2026-03-15", account=account)
    make_transaction(owner, "-3", "2026-03-16", account=account)
    for day, balance in [("2026-03-09", "247"), ("2026-03-10", "207"), ("2026-03-15", "200"), ("2026-03-16", "197")]:
        assert stored(check_of(owner_client, account, balance, day))[3] == "equal", day


def test_the_same_form_twice_is_one_check(owner: Any, owner_client: Any, account: Account) -> None:
    first = check_of(owner_client, account, "60", "2026-03-31")
    again = says(owner_client, account, "60", "2026-03-31")
    assert again.headers["Location"] == url(first)
    corrected = says(owner_client, account, "57.50", "2026-03-31")
    assert corrected.headers["Location"] == url(first)
    assert stored(first)[1:] == ("57.50", "57.50", "equal")


def test_what_cannot_be_compared_is_told(owner: Any, owner_client: Any, account: Account) -> None:
    for values, sentence in [
        ({"stated": "", "day": "2026-03-31"}, "This field is required."),
        ({"stated": "12 or so", "day": "2026-03-31"}, "Enter an amount, such as 45 or 800+45."),
        ({"stated": "12", "day": "2199-01-01"}, "That day is still to come"),
        ({"stated": "12", "day": "soon"}, "Enter a valid date."),
    ]:
        response = owner_client.post(f"/transactions/checks/of/{account.pk}/", values)
        assert response.status_code == 422
        assert sentence in response.text
    assert not BalanceCheck.objects.for_user(owner).exists()


# The difference and its causes.


@pytest.mark.parametrize(
    ("rows", "stated", "heading", "suspects"),
    [
        ([("-20", "2026-03-05", "Wrong way")], "77.50", "Half of the difference", ["Wrong way"]),
        ([("-9", "2026-03-05", "Twin"), ("-9", "2026-03-06", "Twin")], "48.50", "Booked twice?", ["Twin", "Twin"]),
        ([("-9", "2026-03-05", "Once")], "57.50", "Just the difference: does your bank have it too?", ["Once"]),
    ],
)
def test_a_row_that_explains_the_difference_is_named(
    owner: Any, owner_client: Any, account: Account, rows: Any, stated: str, heading: str, suspects: list[str]
) -> None:
    for amount, day, text in rows:
        make_transaction(owner, amount, day, text, account=account)
    check = check_of(owner_client, account, stated, "2026-03-31")
    assert stored(check)[3] == "open"
    assert reconciled(account) is None
    page = owner_client.get(url(check))
    assert heading in page.text
    (cause,) = page.context["found"].causes
    assert [row.description for row in cause.rows] == suspects
    for row in cause.rows:
        assert f'href="/transactions/{row.id}/?next=' in page.text


def test_a_row_in_another_account_or_in_none_is_named(owner: Any, owner_client: Any, account: Account) -> None:
    make_transaction(owner, "-7.25", "2026-03-20", "Elsewhere", account=make_account(owner, "Savings"))
    make_transaction(owner, "-7.25", "2026-03-21", "Nowhere")
    make_transaction(owner, "-7.25", "2026-04-21", "Too late")
    page = owner_client.get(url(check_of(owner_client, account, "50.25", "2026-03-31")))
    (cause,) = page.context["found"].causes
    assert (cause.kind, [(row.description, row.account) for row in cause.rows]) == (
        "elsewhere",
        [("Nowhere", ""), ("Elsewhere", "Savings")],
    )


def test_only_days_since_the_last_agreement_are_searched(owner: Any, owner_client: Any, account: Account) -> None:
    check_of(owner_client, account, "70", "2026-03-05")
    page = owner_client.get(url(check_of(owner_client, account, "60", "2026-03-31")))
    found = page.context["found"]
    assert (found.first, found.last) == (date(2026, 3, 6), date(2026, 3, 31))
    assert f"/transactions/?account={account.pk}&amp;date_from=2026-03-06&amp;date_to=2026-03-31" in page.text


def test_days_without_a_row_are_named(owner: Any, owner_client: Any) -> None:
    account = make_account(owner)
    for day in (*range(1, 8), *range(20, 28)):
        make_transaction(owner, "-1", date(2026, 3, day), account=account)
    page = owner_client.get(url(check_of(owner_client, account, "-40", "2026-03-31"))).text
    assert "Nothing is booked from 8 Mar 2026 to 19 Mar 2026. Is a statement missing?" in page


def test_a_difference_that_nothing_explains_says_so(owner: Any, owner_client: Any, account: Account) -> None:
    assert (
        "No single row explains it."
        in owner_client.get(url(check_of(owner_client, account, "0.01", "2026-03-31"))).text
    )


# Three ways out.


def test_found_and_then_marked_as_agreed(owner: Any, owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "69", "2026-03-31")
    page = owner_client.post(url(check, "agree/"), follow=True)
    assert "It still differs. Nothing was changed." in page.text
    assert (stored(check)[3], reconciled(account)) == ("open", None)
    make_transaction(owner, "11.50", "2026-03-20", "It was this", account=account)
    assert "It agrees now." in owner_client.get(url(check)).text
    assert (stored(check)[3], reconciled(account)) == ("open", None)  # looking changes nothing
    owner_client.post(url(check, "agree/"))
    assert stored(check) == ("2026-03-31", "69.00", "57.50", "equal")
    assert reconciled(account) == date(2026, 3, 31)


def test_the_anchor_moves(owner: Any, owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "69", "2026-03-31")
    page = owner_client.get(url(check)).text
    assert "becomes $74.00, and not $62.50." in page
    owner_client.post(url(check, "anchor/"))
    account.refresh_from_db()
    assert (account.anchored_on, account.anchor_balance) == (date(2026, 3, 31), Decimal(69))
    assert (account.current_balance, account.opening_balance) == (Decimal(74), Decimal("111.50"))
    assert (stored(check)[3], account.reconciled_to) == ("anchor", date(2026, 3, 31))


def test_a_correction_is_a_transaction_like_any_other(owner: Any, owner_client: Any, account: Account) -> None:
    other = make_subcategory(owner, "Fees", "Bank")
    check = check_of(owner_client, account, "50", "2026-03-31")
    form = owner_client.get(url(check)).context["form"]
    owner_client.post(url(check, "correct/"), {"seen": form["seen"].value(), "subcategory": other.pk})
    row = Transaction.objects.for_user(owner).latest("id")
    assert (row.description, row.amount, row.booked_on) == ("Balance correction", Decimal("-7.50"), date(2026, 3, 31))
    assert (row.account_id, row.subcategory_id, row.import_batch_id) == (account.pk, other.pk, None)
    assert (stored(check)[3], reconciled(account)) == ("correction", date(2026, 3, 31))
    assert "It agrees." in owner_client.get(url(check)).text
    again = owner_client.post(url(check, "correct/"), {"seen": "-7.50", "subcategory": ""}, follow=True)
    assert "The difference is another one by now." in again.text
    assert Transaction.objects.for_user(owner).filter(description="Balance correction").count() == 1


def test_before_the_anchor_a_correction_explains_what_lies_between(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, anchored_on=date(2026, 3, 31), anchor_balance=Decimal(100))
    make_transaction(owner, "-10", "2026-03-20", account=account)
    check = check_of(owner_client, account, "130", "2026-03-10")
    assert stored(check)[2] == "110.00"
    owner_client.post(url(check, "correct/"), {"seen": "20.00", "subcategory": ""})
    row = Transaction.objects.for_user(owner).latest("id")
    assert (row.amount, row.booked_on) == (Decimal(-20), date(2026, 3, 11))
    assert "It agrees." in owner_client.get(url(check)).text
    account.refresh_from_db()
    assert account.current_balance == 100


def test_on_the_day_of_the_anchor_only_the_anchor_can_be_wrong(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, anchored_on=date(2026, 3, 31), anchor_balance=Decimal(100))
    check = check_of(owner_client, account, "90", "2026-03-31")
    assert "Or book a correction" not in owner_client.get(url(check)).text
    page = owner_client.post(url(check, "correct/"), {"seen": "-10", "subcategory": ""}, follow=True)
    assert "only its anchor can be corrected" in page.text
    assert not Transaction.objects.for_user(owner).exists()


def test_a_removed_check_gives_the_day_back(owner: Any, owner_client: Any, account: Account) -> None:
    check_of(owner_client, account, "70", "2026-03-05")
    later = check_of(owner_client, account, "57.50", "2026-03-31")
    assert reconciled(account) == date(2026, 3, 31)
    owner_client.post(url(later, "forget/"))
    assert reconciled(account) == date(2026, 3, 5)


def test_a_balance_beyond_the_limit_is_a_sentence(owner: Any, owner_client: Any) -> None:
    account = make_account(owner, "Big", "9999999999.99")
    make_transaction(owner, "-1", "2026-03-10", account=account)
    make_transaction(owner, "1", "2026-03-11", account=account)
    check = check_of(owner_client, account, "9999999999.99", "2026-03-10")
    page = owner_client.post(url(check, "anchor/"), follow=True)
    assert "9,999,999,999.99" in page.text
    assert (stored(check)[3], reconciled(account)) == ("open", None)


def test_another_anchor_of_a_reconciled_account_asks_first(owner: Any, owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "57.50", "2026-03-31")
    values = {"name": "Current", "account_type": "checking", "anchor_balance": "90", "anchored_on": "1999-12-31"}
    response = owner_client.post(f"/accounts/{account.pk}/edit/", values)
    assert response.status_code == 422
    assert "Current is reconciled with your bank up to 31 Mar 2026" in response.text
    account.refresh_from_db()
    assert account.anchor_balance == 100
    renamed = values | {"name": "Main", "anchor_balance": "100"}
    assert owner_client.post(f"/accounts/{account.pk}/edit/", renamed).status_code == 302
    page = owner_client.post(f"/accounts/{account.pk}/edit/", values | {"agreed": "1"}, follow=True).text
    assert '<span class="badge badge-warn">No longer agrees: +$10.00</span>' in page
    assert "It agreed on" in owner_client.get(url(check)).text
    assert stored(check)[3] == "equal"


# Whose they are.


def test_a_stranger_reaches_nothing(owner: Any, owner_client: Any, stranger: Any, account: Account) -> None:
    """Also one who has an account of the same name and a check of the same day."""
    theirs = make_account(stranger, "Current", "100")
    client = signed_in(stranger)
    own = check_of(client, theirs, "100", "2026-03-31")
    check = check_of(owner_client, account, "69", "2026-03-31")
    before = stored(check), list(Account.objects.for_user(owner).values())
    assert says(client, account, "1", "2026-03-31").status_code == 404
    assert client.get(f"/transactions/checks/of/{account.pk}/").status_code == 404
    assert client.get(url(check)).status_code == 404
    for step in ("agree/", "anchor/"):
        assert client.post(url(check, step)).status_code == 404
    assert client.post(url(check, "correct/"), {"seen": "11.50"}).status_code == 404
    client.post(url(check, "forget/"))
    assert (stored(check), list(Account.objects.for_user(owner).values())) == before
    assert not Transaction.objects.for_user(stranger).exists()
    assert stored(own)[3] == "equal"
    mine = make_subcategory(stranger)
    owner_client.post(url(check, "correct/"), {"seen": "11.50", "subcategory": mine.pk})
    assert not Transaction.objects.for_user(owner).filter(description="Balance correction").exists()


def test_staff_are_strangers_on_these_pages(owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "69", "2026-03-31")
    staff = signed_in(make_user("boss", is_staff=True, is_superuser=True))
    assert staff.get(url(check)).status_code == 404
    assert staff.post(url(check, "anchor/")).status_code == 404
    assert stored(check)[3] == "open"


def test_nobody_signed_in_is_sent_to_sign_in(client: Any, owner_client: Any, account: Account) -> None:
    check = check_of(owner_client, account, "69", "2026-03-31")
    response = client.get(url(check))
    assert response.status_code == 302
    assert "/auth/" in response.headers["Location"]


def test_the_account_page_takes_no_statement_more_without_checks(
    owner: Any, owner_client: Any, account: Account, django_assert_num_queries: Any
) -> None:
    owner_client.get(f"/accounts/{account.pk}/")
    with django_assert_num_queries(WHO_ASKS + 5):
        owner_client.get(f"/accounts/{account.pk}/")
    check_of(owner_client, account, "57.50", "2026-03-31")
    owner_client.get(f"/accounts/{account.pk}/")
    with django_assert_num_queries(WHO_ASKS + 7):
        owner_client.get(f"/accounts/{account.pk}/")


# Two at once.


@pytest.mark.django_db(transaction=True)
def test_a_correction_that_is_sent_twice_is_booked_once() -> None:
    user = make_user("owner")
    account = make_account(user, "Current", "100")
    check = services.check_balance(account=account, day=date(2026, 3, 31), stated=Decimal(90))

    def correct() -> None:
        services.book_correction(user=user, check_id=check.pk, seen=Decimal(-10))

    answers = at_once(correct, correct, refusals=(StillDiffers,))
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "StillDiffers"]
    assert list(Transaction.objects.for_user(user).values_list("amount", flat=True)) == [Decimal(-10)]
    assert (stored(check)[3], reconciled(account)) == ("correction", date(2026, 3, 31))


@pytest.mark.django_db(transaction=True)
def test_a_row_that_comes_meanwhile_is_seen_by_a_check() -> None:
    user = make_user("owner")
    account = make_account(user, "Current", "100")
    check = while_waiting(
        lambda: make_transaction(user, "-10", "2026-03-05", account=account),
        lambda: services.check_balance(account=account, day=date(2026, 3, 31), stated=Decimal(90)),
    )
    assert (check.ledger, check.outcome) == (Decimal(90), "equal")


@pytest.mark.django_db(transaction=True)
def test_two_checks_of_one_day_at_once_are_one() -> None:
    user = make_user("owner")
    account = make_account(user, "Current", "100")

    def check() -> None:
        services.check_balance(account=account, day=date(2026, 3, 31), stated=Decimal(100))

    at_once(check, check)
    assert BalanceCheck.objects.for_user(user).count() == 1
    assert reconciled(account) == date(2026, 3, 31)
