"""What is due at its URLs: proposals, matching, answers and balances, for the owner, a stranger and staff."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from budgets.models import Schedule, ScheduleAnswer
from budgets.schedules.proposals import proposals
from budgets.schedules.services import answer_proposal
from budgets.schedules.upcoming import upcoming_of
from tests.factories import (
    make_account,
    make_period,
    make_schedule,
    make_subcategory,
    make_transaction,
    make_user,
    signed_in,
)
from transactions.categories.services import archive_subcategory
from transactions.models import Transaction
from wealthwise.core.errors import NotFound

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2026, 4, 10)
TERMS = {
    "direction": "expense", "description": "Rent", "amount": "650", "is_exact": "1", "repeats": "monthly", "on": "day",
    "starts_on": "2026-04-01", "subcategory": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_april():
    with time_machine.travel("2026-04-10 10:00:00+00:00"):
        yield


def book_rent(user: User, amount: str = "-650", months: str = "01 02 03", **fields: Any) -> None:
    account = fields.pop("account", None) or make_account(user)
    for month in months.split():
        make_transaction(user, amount, f"2026-{month}-01", "Rent", account=account, **fields)


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:800]
    return response.content.decode()


def address(name: str, *ids: int) -> str:
    return reverse(f"budgets:{name}", args=ids)


# Proposals.


def test_what_comes_every_month_is_proposed_and_accepted_by_a_click(
    owner: User, stranger: User, owner_client: Client
) -> None:
    home = make_subcategory(owner, "Rent", "Housing")
    book_rent(owner, subcategory=home)
    book_rent(stranger, "-990", "02 03 04")
    here = owner.accounts.first()
    for number, day in enumerate(("01-03", "01-09", "02-20", "03-11")):
        make_transaction(owner, "-20", f"2026-{day}", "Corner shop", account=here)
        make_transaction(owner, f"-{10 + number * 9}", f"2026-0{number + 1}-05", "Power", account=here)
    page = text_of(owner_client.get(address("schedules")))
    assert "every month, on day 1 · 3 times so far · next 1 Apr · Current · Rent" in page
    key = re.findall(r'name="key" value="([^"]*)"', page)
    assert key == [f"{owner.accounts.first().pk}:-1:RENT"]
    done = text_of(owner_client.post(address("proposal_answer"), {"key": key[0], "accept": ""}, follow=True))
    assert "“Rent” is expected from now on." in done
    offered = unescape(re.findall(r'href="([^"]*recurring/allocations/add[^"]*)"', done)[-1])
    form = owner_client.get(offered).context["form"]
    values = [form[name].value() for name in ("subcategory", "amount", "period_type")]
    assert values == [str(home.pk), "650.00", "monthly"]
    made = Schedule.objects.get()
    assert (made.user, made.description, made.amount, made.subcategory, made.state) == (
        owner, "Rent", D(-650), home, "active",
    )  # fmt: skip
    assert (made.starts_on, made.cycle, made.months, made.is_exact) == (date(2026, 4, 1), "day", 1, True)
    assert proposals(owner, TODAY) == []
    assert [each.amount for each in proposals(stranger, TODAY)] == [D(-990)]


def test_a_dismissed_proposal_does_not_come_back_until_it_is_forgotten(owner: User, owner_client: Client) -> None:
    book_rent(owner)
    key = proposals(owner, TODAY)[0].key
    owner_client.post(address("proposal_answer"), {"key": key, "dismiss": ""})
    page = text_of(owner_client.get(address("schedules")))
    assert "Found in your transactions" not in page
    assert "1 was dismissed" in page
    assert upcoming_of(owner, TODAY).found == []
    book_rent(owner, months="04", account=owner.accounts.first())
    assert proposals(owner, TODAY) == []
    owner_client.post(address("schedule_delete", Schedule.objects.get().pk))
    assert [each.key for each in proposals(owner, TODAY)] == [key]


@pytest.mark.parametrize(("anchor", "on", "months"), [(30, "day", 1), (29, "day", 12), (31, "last", 1)])
def test_saving_one_that_begins_in_february_keeps_its_day_and_its_archived_category(
    owner: User, owner_client: Client, anchor: int, on: str, months: int
) -> None:
    """As of a proposal, whose first day is the next one that is due."""
    rent = make_subcategory(owner, "Rent", "Housing")
    given = {"anchor": date(2024, 1, anchor), "subcategory": rent}
    if months == 12:
        given["anchor"] = date(2024, 2, 29)
    made = make_schedule(owner, starts_on="2026-02-28", months=months, **given)
    days = made.known_cycle.days_between(date(2026, 1, 1), date(2028, 12, 31))
    archive_subcategory(user=owner, subcategory_id=rent.pk)
    here = address("schedule_edit", made.pk)
    form = owner_client.get(here).context["form"]
    assert form["on"].value() == on
    sent = {name: form[name].value() for name in form.fields} | {"amount": "660", "shown": form.shown_with}
    assert owner_client.post(here, sent).status_code == 302
    made.refresh_from_db()
    assert (made.amount, made.subcategory_id) == (D(-660), rent.pk)
    assert made.known_cycle.days_between(date(2026, 1, 1), date(2028, 12, 31)) == days
    owner_client.post(here, sent | {"amount": "660", "on": "day", "starts_on": "2026-02-27", "shown": ""})
    made.refresh_from_db()
    assert made.anchor.day == 27


def test_a_key_of_somebody_else_and_one_that_is_none_propose_nothing(
    owner: User, stranger: User, owner_client: Client
) -> None:
    book_rent(stranger)
    for key in (proposals(stranger, TODAY)[0].key, "", "x", "1:1"):
        answer = owner_client.post(address("proposal_answer"), {"key": key, "accept": ""}, follow=True)
        assert "no longer there" in text_of(answer)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"transfer": True}, {"closed": True}, {"amounts": ("-650", "-650", "-400")}, {"days": ("01", "02", "09")},
        {"year": 2025}, {"twice": True},
    ],
)  # fmt: skip
def test_what_is_not_regular_or_is_over_is_not_proposed(owner: User, change: dict[str, Any]) -> None:
    account = make_account(owner, is_active=not change.get("closed"))
    days = change.get("days", ("01", "02", "03"))[: 2 if change.get("twice") else 3]
    for month, amount in zip(days, change.get("amounts", ("-650",) * 3), strict=False):
        row = make_transaction(owner, amount, f"{change.get('year', 2026)}-{month}-01", "Rent", account=account)
        if change.get("transfer"):
            other = make_account(owner, f"Savings {month}")
            key = "00000000-0000-4000-8000-0000000000" + month
            Transaction.objects.filter(pk=row.pk).update(transfer_id=key)
            make_transaction(owner, "650", row.booked_on, "Rent", account=other, transfer_id=key)
    assert proposals(owner, TODAY) == []


@pytest.mark.django_db(transaction=True)
def test_a_proposal_that_is_accepted_at_once_from_two_places_is_stored_once() -> None:
    user = make_user("twice")
    book_rent(user)
    key = proposals(user, TODAY)[0].key

    def accept(accepted: bool) -> None:
        with closing(connection), suppress(NotFound):  # whoever comes second may find nothing to answer
            answer_proposal(user=user, key=key, accept=accepted)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(accept, [True, False, True, True]))
    assert Schedule.objects.for_user(user).count() == 1


# What is due.


def test_what_is_due_and_late_and_the_balance_until_pay_day(owner: User, stranger: User, owner_client: Client) -> None:
    """1,000 today, 100 booked for later, Rent late, Power due on the 20th, pay on the 25th: 1,000-100-650-80=170."""
    for user, opening in ((owner, "1000"), (stranger, "9000")):
        account = make_account(user, opening=opening)
        make_transaction(user, "-100", "2026-04-15", "Booked", account=account)
        make_schedule(user, starts_on="2026-04-01", account=account)
        make_schedule(user, "-80", "2026-04-20", description="Power", is_exact=False, account=account)
        make_schedule(user, "2000", "2026-04-25", description="Salary", account=account)
        make_schedule(user, "50", "2026-04-12", description="Allowance", account=account, cycle="week", months=None)
    page = text_of(owner_client.get(reverse("dashboard")))
    card = page[page.index('id="due"') :]
    card = re.sub(r"<[^>]+>|\s+", " ", card[: card.index("</section>")])
    words = " ".join(card.split())
    assert "Rent Late since 1 Apr · Current −$650.00" in words
    assert "Power 20 Apr · Current about ≈ −$80.00" in words
    assert words.index("Rent") < words.index("Allowance") < words.index("Power") < words.index("Salary")
    assert "Current on 24 Apr, the day before Salary $270.00" in words
    account_page = text_of(owner_client.get(reverse("account", args=[owner.accounts.first().pk])))
    assert "$270.00" in account_page[account_page.index('id="due"') :]
    own = {each.account_id: each.balance for each in upcoming_of(owner, TODAY).balances()}
    assert own == {owner.accounts.first().pk: D(1000) - 100 - 650 - 80 + 50 + 50}


def test_an_account_shows_its_own_and_one_without_any_nothing(owner: User, owner_client: Client) -> None:
    current, savings = make_account(owner), make_account(owner, "Savings")
    make_schedule(owner, account=current)
    assert "Rent" in text_of(owner_client.get(reverse("account", args=[current.pk])))
    assert 'id="due"' not in text_of(owner_client.get(reverse("account", args=[savings.pk])))


def test_a_typed_row_settles_the_day_and_one_that_goes_does_not(owner: User, owner_client: Client) -> None:
    account = make_account(owner)
    schedule = make_schedule(owner, starts_on="2026-04-01", account=account)
    assert [due.day for due in upcoming_of(owner, TODAY).late] == [date(2026, 4, 1)]
    typed = {
        "direction": "expense", "amount": "650", "description": "RENT", "date": "2026-04-03", "account": account.pk,
        "subcategory": "",
    }  # fmt: skip
    assert owner_client.post(reverse("transactions:add"), typed).status_code == 302
    assert upcoming_of(owner, TODAY).late == []
    page = text_of(owner_client.get(address("schedule_edit", schedule.pk)))
    link = re.search(r'Paid by <a href="([^"]*)">−\$650\.00 on ', page)
    assert link
    assert "RENT" in text_of(owner_client.get(link[1].replace("&amp;", "&")))
    Transaction.objects.all().delete()
    assert [due.day for due in upcoming_of(owner, TODAY).late] == [date(2026, 4, 1)]


def test_a_person_says_of_a_day_that_it_is_paid_or_not_and_takes_it_back(owner: User, owner_client: Client) -> None:
    account = make_account(owner)
    schedule = make_schedule(owner, starts_on="2026-03-01", account=account)
    book_rent(owner, months="04", account=account)
    late = lambda: [due.day.month for due in upcoming_of(owner, TODAY).late]  # noqa: E731
    assert late() == [3]
    for day, said, expected in (
        ("2026-03-01", "paid", []), ("2026-04-01", "open", [4]), ("2026-04-01", "open", [4]),
        ("2026-03-01", "ledger", [3, 4]), ("2026-04-01", "ledger", [3]),
    ):  # fmt: skip
        answer = owner_client.post(address("schedule_answer", schedule.pk), {"day": day, "said": said})
        assert answer.status_code == 302
        assert late() == expected
    assert not ScheduleAnswer.objects.exists()
    for day, said, status in (("2026-03-02", "paid", 302), ("x", "paid", 404), ("2026-03-01", "x", 404)):
        answer = owner_client.post(address("schedule_answer", schedule.pk), {"day": day, "said": said})
        assert answer.status_code == status
    assert not ScheduleAnswer.objects.exists()


def test_without_an_income_it_looks_to_the_end_of_the_period(owner: User, owner_client: Client) -> None:
    account = make_account(owner, opening="100")
    make_period(owner, "2026-04-01", "2026-04-30", name="April 2026")
    make_schedule(owner, "-80", "2026-05-01", account=account)
    page = text_of(owner_client.get(reverse("dashboard")))
    assert "Nothing is due until then." in page
    assert "Current on 30 Apr" in page


# Adding and changing.


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("day", 1, "2026-04-01", "-650")),
        ({"on": "last"}, ("day", 1, "2026-04-01", "-650")),
        ({"on": "working_day", "repeats": "quarterly"}, ("working_day", 3, "2026-04-01", "-650")),
        ({"repeats": "four_weeks", "direction": "income"}, ("four_weeks", None, "2026-04-01", "650")),
        ({"repeats": "yearly", "starts_on": "2028-02-29"}, ("day", 12, "2028-02-29", "-650")),
    ],
)
def test_adding_what_is_due(
    owner: User, owner_client: Client, change: dict[str, str], expected: tuple[Any, ...]
) -> None:
    account = make_account(owner)
    owner_client.post(address("schedule_add"), TERMS | {"account": account.pk} | change)
    made = Schedule.objects.get()
    kind, months, starts, amount = expected
    assert (made.cycle, made.months, made.amount) == (kind, months, D(amount))
    assert str(made.starts_on) == starts
    first = made.known_cycle.days_between(made.starts_on, date(2028, 12, 31))[0]
    assert str(first) == ("2026-04-30" if change.get("on") else starts)
    edit = owner_client.get(address("schedule_edit", made.pk)).context["form"]
    again = {name: edit[name].value() for name in edit.fields} | {"subcategory": ""}
    owner_client.post(address("schedule_edit", made.pk), again | {"amount": "651"})
    changed = Schedule.objects.get()
    assert abs(changed.amount) == 651
    assert (changed.known_cycle, changed.starts_on) == (made.known_cycle, made.starts_on)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"description": " "},
        {"repeats": "daily"},
        {"starts_on": ""},
        {"account": "0"},
    ],
)
def test_what_cannot_be_due_is_refused(owner: User, owner_client: Client, wrong: dict[str, str]) -> None:
    form = TERMS | {"account": make_account(owner).pk} | wrong
    assert owner_client.post(address("schedule_add"), form).status_code == 422
    assert not Schedule.objects.exists()


def test_the_same_is_not_due_twice(owner: User, owner_client: Client) -> None:
    form = TERMS | {"account": make_account(owner).pk}
    assert owner_client.post(address("schedule_add"), form).status_code == 302
    assert "already" in text_of(owner_client.post(address("schedule_add"), form), 422)
    owner_client.post(address("schedule_add"), form | {"amount": "5"})
    first, second = Schedule.objects.order_by("pk")
    assert "already" in text_of(owner_client.post(address("schedule_edit", second.pk), form), 422)
    assert [each.amount for each in Schedule.objects.order_by("pk")] == [D(-650), D(-5)]
    owner_client.post(address("schedule_pause", first.pk))
    assert [due.schedule.id for due in upcoming_of(owner, TODAY).late] == [second.pk]
    owner_client.post(address("schedule_pause", first.pk), {"active": ""})
    assert len(upcoming_of(owner, TODAY).late) == 2


def test_nobody_else_reaches_it(owner: User, stranger: User, staff_client: Client) -> None:
    mine = make_schedule(owner, starts_on="2026-04-01")
    theirs = make_account(stranger)
    for client in (signed_in(stranger), staff_client):
        for name in ("schedule_edit", "schedule_delete", "schedule_pause", "schedule_answer"):
            form = TERMS | {"account": theirs.pk, "day": "2026-04-01", "said": "paid"}
            assert client.post(address(name, mine.pk), form).status_code in (403, 404)
        assert client.get(address("schedule_edit", mine.pk)).status_code in (403, 404)
    assert Schedule.objects.values_list("state", "amount").get() == ("active", D(-650))
    assert not ScheduleAnswer.objects.exists()
    form = TERMS | {"account": theirs.pk}
    assert signed_in(owner).post(address("schedule_add"), form).status_code == 422
    assert Schedule.objects.count() == 1


# The database's rules.


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("schedule_amount_given", {"amount": "0"}),
        ("schedule_description_given", {"description": ""}),
        ("schedule_state_known", {"state": "over"}),
        ("schedule_cycle_known", {"cycle": "week"}),
        ("schedule_cycle_known", {"months": None}),
        ("schedule_cycle_known", {"months": 2}),
        ("schedule_cycle_known", {"cycle": "days"}),
        ("schedule_account_owner_fk", {"account": "theirs"}),
        ("schedule_subcategory_owner_fk", {"subcategory": "theirs"}),
    ],
)
def test_the_database_holds_the_rules(owner: User, stranger: User, rule: str, fields: dict[str, Any]) -> None:
    theirs = {"account": make_account(stranger), "subcategory": make_subcategory(stranger)}
    fields = {name: theirs[name] if value == "theirs" else value for name, value in fields.items()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make_schedule(owner, **fields)
        connection.check_constraints()


def test_it_follows_its_subcategory_into_another(owner: User, owner_client: Client) -> None:
    old, new = make_subcategory(owner, "Old"), make_subcategory(owner, "New")
    schedule = make_schedule(owner, subcategory=old)
    merge = reverse("transactions:subcategory_merge", args=[old.pk])
    assert owner_client.post(merge, {"target": new.pk, "agreed": "1"}).status_code == 302
    schedule.refresh_from_db()
    assert schedule.subcategory_id == new.pk
