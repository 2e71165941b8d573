"""Every list of the console: how many statements, what it joins, how it is searched, and what it hides."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from budgets.models import (
    BudgetAllocation,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    ScheduleAnswer,
)
from tests.examples import COSTLY
from tests.factories import (
    booked_at,
    make_account,
    make_category,
    make_period,
    make_schedule,
    make_subcategory,
    make_transaction,
    make_user,
)
from transactions.models import ImportBatch, Transaction
from wealthwise.console.models import ConsoleLog
from wealthwise.console.screens.readonly import COUNTED, EstimatedPaginator

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
LIMIT = 12
LEDGER = "/console/transactions/transaction/"


def listing(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def statements(client: Client, path: str) -> list[str]:
    """The SQL of one request with a session that is not in the cache, the dearest case."""
    cache.delete_pattern("*")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured]


def fill(user: User, number: int = 1) -> None:
    """One row of every table of a user, with amounts that a page must not show."""
    account = make_account(user, f"Account {number}", opening="777.77", number_last4="4321")
    make_category(user, f"Empty {number}")
    subcategory = make_subcategory(user, f"Sub {number}", f"Category {number}")
    make_transaction(user, "-888.88", description="Private matter", account=account, subcategory=subcategory)
    ImportBatch.objects.create(user=user, account=account, file_name="secret.csv", kind="csv", errors=["secret row"])
    period = make_period(user, f"20{number:02}-01-01", f"20{number:02}-12-31", active=False)
    period.budget.brought_forward = "777.77"
    period.budget.save()
    amount = {"user": user, "subcategory": subcategory, "allocated_amount": "777.77"}
    BudgetAllocation.objects.create(budget=period.budget, **amount)
    RecurringBudgetAllocation.objects.create(period_type="monthly", **amount)
    IncomeSource.objects.create(user=user, budget=period.budget, name="Pay", amount="777.77")
    RecurringIncomeSource.objects.create(user=user, name="Pay", amount="777.77", period_type="monthly")
    due = make_schedule(user, "-888.88", description="Private matter", account=account, subcategory=subcategory)
    ScheduleAnswer.objects.create(user=user, schedule=due, due_on=due.starts_on, is_paid=True)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_list_takes_few_statements_however_many_rows(model: Any, staff_client: Client) -> None:
    fill(make_user("first"))
    before = statements(staff_client, listing(model))
    for number in range(2, 12):
        fill(make_user(f"person{number}"), number)
    after = statements(staff_client, listing(model))
    assert len(after) == len(before) <= LIMIT
    assert not [sql for sql in after if "COUNT(*)" in sql.upper() and 'FROM "transaction"' in sql]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_list_and_no_row_shows_an_amount_or_a_text(model: Any, owner: User, staff_client: Client) -> None:
    fill(owner)
    secrets = ("777.77", "888.88", "4321", "Private matter", "secret.csv", "secret row")
    paths = [listing(model), f"{listing(model)}?q=owner"]
    row = model._default_manager.order_by("-pk").first()
    if row is not None:
        paths.append(f"{listing(model)}{row.pk}/change/")
    for path in paths:
        page = staff_client.get(path)
        assert page.status_code == 200, path
        assert [secret for secret in secrets if secret in page.content.decode()] == [], path


OWNED = [
    "accounts_account",
    "transactions_transaction",
    "transactions_subcategory",
    "budgets_budgetallocation",
]


@pytest.mark.parametrize("name", OWNED)
@pytest.mark.parametrize("find", ["owner", "Owner@Example.com", "uuid", "id"])
def test_rows_are_found_by_who_owns_them(
    name: str, find: str, owner: User, stranger: User, staff_client: Client
) -> None:
    fill(owner)
    fill(stranger)
    path = reverse(f"admin:{name}_changelist")
    mine = staff_client.get(path, {"q": "owner"}).context["cl"].result_list[0]
    term = {"uuid": str(owner.uuid), "id": str(mine.pk)}.get(find, find)
    found = list(staff_client.get(path, {"q": term}).context["cl"].result_list)
    assert found == [mine]
    assert staff_client.get(path, {"q": "own"}).context["cl"].result_count == 0


@pytest.mark.parametrize("term", ["9" * 30, "²", "%", "'; DROP TABLE", "\x00", "none@example.com"])
def test_any_search_is_answered(term: str, staff_client: Client) -> None:
    for name in ("accounts_user", *OWNED, "ops_consolelog"):
        page = staff_client.get(reverse(f"admin:{name}_changelist"), {"q": term})
        assert page.status_code in (200, 302), name


def test_people_carry_what_is_counted_for_them(owner: User, stranger: User, staff_client: Client) -> None:
    for number in range(3):
        make_account(owner, f"A{number}")
    person = staff_client.get("/console/accounts/user/", {"q": "owner"}).context["cl"].result_list[0]
    assert (person.account_count, person.session_count, person.is_verified) == (3, 0, True)
    other = staff_client.get("/console/accounts/user/", {"q": "stranger"}).context["cl"].result_list[0]
    assert other.account_count == 0


# The ledger


def pages(client: Client, query: str = "") -> list[list[int]]:
    """The ids on each page, following "Older" to the end."""
    found, path = [], LEDGER + (f"?q={query}" if query else "")
    while path:
        listed = client.get(path).context["cl"]
        found.append([row.pk for row in listed.result_list])
        path = LEDGER + listed.next_url if listed.next_url else ""
    return found


@pytest.mark.parametrize("number", [0, 1, 50, 51, 120])
def test_the_pages_of_everybody_are_the_whole_ledger_once(
    number: int, owner: User, stranger: User, staff_client: Client
) -> None:
    now = timezone.now()
    Transaction.objects.bulk_create(
        Transaction(
            user=(owner, stranger)[n % 2],
            amount=-1,
            description="x",
            **booked_at((owner, stranger)[n % 2], now - timedelta(days=n)),
        )
        for n in range(number)
    )
    found = pages(staff_client)
    assert [key for page in found for key in page] == list(
        Transaction.objects.order_by("-id").values_list("pk", flat=True)
    )
    assert max(map(len, found)) <= 50
    assert len(found) == max(1, -(-number // 50))


@COSTLY
@given(days=st.lists(st.integers(0, 3), min_size=0, max_size=130))
def test_the_pages_of_one_person_are_theirs_by_date(
    days: list[int], owner: User, stranger: User, staff_client: Client
) -> None:
    """Many bookings at the same moment: the id decides, and none is lost between two pages."""
    Transaction.objects.all().delete()
    now = timezone.now()
    for person in (owner, stranger):
        Transaction.objects.bulk_create(
            Transaction(user=person, amount=-1, description="x", **booked_at(person, now - timedelta(days=day)))
            for day in days
        )
    expected = Transaction.objects.filter(user=owner).order_by("-transaction_date", "-id")
    assert [key for page in pages(staff_client, "owner") for key in page] == list(
        expected.values_list("pk", flat=True)
    )


def test_a_page_of_one_person_reads_one_partition_by_the_covering_order(owner: User, staff_client: Client) -> None:
    fill(owner)
    page = statements(staff_client, f"{LEDGER}?q=owner")
    (sql,) = [sql for sql in page if 'FROM "transaction"' in sql]
    assert 'ORDER BY "transaction"."transaction_date" DESC, "transaction"."id" DESC' in sql
    assert "LIMIT 51" in sql
    assert not [column for column in ("amount", "description", "comment") if f'"transaction"."{column}"' in sql]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "WzEsMl0:bad"])
def test_a_damaged_cursor_shows_the_newest(before: str, owner: User, staff_client: Client) -> None:
    row = make_transaction(owner)
    for query in ({"before": before}, {"before": before, "q": "owner"}):
        assert [found.pk for found in staff_client.get(LEDGER, query).context["cl"].result_list] == [row.pk]


def test_counting_stops(owner: User) -> None:
    now = timezone.now()
    Transaction.objects.bulk_create(
        Transaction(user=owner, amount=-1, description="x", **booked_at(owner, now)) for _ in range(COUNTED + 10)
    )
    rows = Transaction.objects.order_by("-id")
    assert EstimatedPaginator(rows.filter(user=owner), 50).count == COUNTED
    assert EstimatedPaginator(rows, 50).count >= COUNTED
    assert EstimatedPaginator(rows.filter(pk=rows[0].pk), 50).count == 1


# Unmasking


def unmask(client: Client, person: User, reason: str = "Ticket 12: wrong balance", **more: str) -> Any:
    return client.post(f"/console/unmask/{person.pk}/", {"reason": reason, **more})


def test_a_reason_opens_one_person_and_is_logged(owner: User, stranger: User, support_client: Client) -> None:
    fill(owner)
    fill(stranger)
    assert unmask(support_client, owner, next=f"{LEDGER}?q=owner").url == f"{LEDGER}?q=owner"
    opened = support_client.get(f"{LEDGER}?q=owner").content.decode()
    assert "888.88" in opened
    assert "Private matter" in opened
    assert "777.77" in support_client.get(listing(RecurringIncomeSource)).content.decode()
    assert "888.88" not in support_client.get(f"{LEDGER}?q=stranger").content.decode()
    entry = ConsoleLog.objects.get()
    assert (entry.action, entry.actor, entry.person_uuid) == ("unmask", "support", owner.uuid)
    assert (entry.reason, entry.before, entry.after["masked"]) == (
        "Ticket 12: wrong balance",
        {"masked": True},
        False,
    )


def test_it_closes_after_a_quarter_of_an_hour_and_with_the_right(
    owner: User, support: User, support_client: Client
) -> None:
    import time_machine

    fill(owner)
    unmask(support_client, owner)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert "888.88" not in support_client.get(f"{LEDGER}?q=owner").content.decode()
    assert "888.88" in support_client.get(f"{LEDGER}?q=owner").content.decode()
    support.groups.get().permissions.filter(codename="unmask").get().group_set.clear()
    assert "888.88" not in support_client.get(f"{LEDGER}?q=owner").content.decode()


def test_another_session_of_the_staff_stays_masked(
    owner: User, support_client: Client, operator_client: Client
) -> None:
    fill(owner)
    unmask(support_client, owner)
    assert "888.88" not in operator_client.get(f"{LEDGER}?q=owner").content.decode()


@pytest.mark.parametrize("reason", ["", "no", " " * 20])
def test_nothing_opens_without_a_reason(reason: str, owner: User, support_client: Client) -> None:
    fill(owner)
    assert unmask(support_client, owner, reason).status_code == 200
    assert "888.88" not in support_client.get(f"{LEDGER}?q=owner").content.decode()
    assert not ConsoleLog.objects.exists()


def test_auditors_are_neither_offered_nor_allowed_it(owner: User, auditor_client: Client) -> None:
    fill(owner)
    assert "/console/unmask/" not in auditor_client.get(f"{LEDGER}?q=owner").content.decode()
    assert unmask(auditor_client, owner).status_code == 403
    assert not ConsoleLog.objects.exists()


def test_it_leads_back_to_this_site_only(owner: User, support_client: Client) -> None:
    assert unmask(support_client, owner, next="https://elsewhere.example/").url == f"{LEDGER}?q=owner"


def test_what_is_hidden_links_to_the_question(owner: User, support_client: Client) -> None:
    fill(owner)
    row = Transaction.objects.get()
    for path in (f"{LEDGER}?q=owner", f"{LEDGER}{row.pk}/change/"):
        assert f"/console/unmask/{owner.pk}/" in support_client.get(path).content.decode()
    assert "/console/unmask/" not in support_client.get(LEDGER).content.decode()


def test_a_search_begins_at_its_first_page(owner: User, staff_client: Client) -> None:
    row = make_transaction(owner)
    page = staff_client.get(LEDGER, {"q": "owner", "before": str(row.pk)}).content.decode()
    form = page[page.index('id="changelist-search"') : page.index("</form>", page.index('id="changelist-search"'))]
    assert 'name="before"' not in form


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("transactions/transaction/", "amount__lt=0"),
        ("transactions/transaction/", "description__icontains=Private"),
        ("transactions/transaction/", "user_id=1"),
        ("accounts/account/", "current_balance__gt=5"),
        ("accounts/account/", "user__password__startswith=a"),
        ("accounts/user/", "password__startswith=md5"),
        ("accounts/passwordresettoken/", "token_hash__startswith=0"),
        ("usersessions/usersession/", "session_key__startswith=k"),
        ("mfa/authenticator/", "data__secret=J"),
        ("budgets/incomesource/", "amount=777.77"),
    ],
)
def test_no_address_asks_what_the_page_hides(path: str, lookup: str, owner: User, staff_client: Client) -> None:
    fill(owner)
    assert staff_client.get(f"/console/{path}?{lookup}").status_code == 400
    assert staff_client.get(f"/console/{path}?_facets=True").status_code == 200


def test_what_a_list_offers_still_narrows_it(owner: User, stranger: User, auditor_client: Client) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    listed = auditor_client.get("/console/accounts/user/?is_active__exact=0").context["cl"]
    assert [person.pk for person in listed.result_list] == [owner.pk]
    today = timezone.now()
    days = f"at__year={today.year}&at__month={today.month}&at__day={today.day}"
    assert auditor_client.get(f"/console/ops/consolelog/?{days}").status_code == 200
