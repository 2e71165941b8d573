"""Importing an export: whole or not at all, into one's own account only, and every fault with its place."""

import contextlib
import json
import threading
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, User
from tests.examples import COSTLY
from tests.factories import make_account, make_category, make_period, make_subcategory, make_transaction, make_user
from tests.portability.export.households import Household, export, told
from tests.transactions.importing import helpers as statements
from tests.transactions.importing.helpers import staged, statement
from transactions.importing import services as imports
from transactions.importing.changes import Tick
from transactions.importing.draft.edits import Listed
from transactions.models import BalanceCheck, Category, ImportBatch, Transaction
from transactions.reconciling.services import check_balance
from wealthwise.core.errors import DomainError
from wealthwise.portability.export.json_reader import Broken
from wealthwise.portability.export.services import contents, restore
from wealthwise.portability.export.validation import NotAccepted

pytestmark = pytest.mark.django_db
URL = "/accounts/settings/data/import/"


def furnish(user: User) -> None:
    account = make_account(user, "Current", "100.00")
    batch = ImportBatch.objects.create(user=user, account=account, file_name="a.ofx", kind="ofx", state="committed")
    filed = make_subcategory(user)
    make_transaction(user, "-12.50", account=account, subcategory=filed, import_batch=batch)
    make_transaction(user, "-1.00", account=account, fingerprint=uuid.UUID(int=1), occurrence=1)
    make_period(user)


@pytest.fixture
def data(db: None) -> dict[str, Any]:
    """What another household exported."""
    source = make_user("source")
    furnish(source)
    content: dict[str, Any] = json.loads(export(source))
    source.delete()
    return content


def upload(client: Client, data: Any) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(URL, {"file": SimpleUploadedFile("export.json", body, "application/json")})


def refused(client: Client, data: Any) -> tuple[str, list[str]]:
    response = upload(client, data)
    assert response.status_code == 422
    return response.context["form"].errors["file"][0], response.context["faults"]


def test_an_export_comes_back(owner: User, owner_client: Client, stranger: User, data: dict[str, Any]) -> None:
    furnish(stranger)
    before = export(stranger)
    assert upload(owner_client, data).url == "/dashboard/"
    owner.refresh_from_db()
    assert told(export(owner)) == told(json.dumps(data).encode())
    assert (owner.username, owner.email) == ("owner", "owner@example.com")
    assert owner.check_password("Long-Enough-2026!")
    assert Account.objects.get(user=owner).current_balance == Account.objects.get(user=stranger).current_balance
    assert told(export(stranger)) == told(before)


def test_onboarding_is_over_then(client: Client, data: dict[str, Any]) -> None:
    person = make_user("fresh", onboarding_step=1)
    client.force_login(person)
    assert client.get(URL).status_code == 200
    upload(client, data)
    person.refresh_from_db()
    assert (person.onboarding_step, person.onboarded_at is None) == (5, False)


def test_an_account_with_anything_in_it_is_refused(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    make_category(owner)
    message, _ = refused(owner_client, data)
    assert message.startswith("Your account has 1 category. An import needs an empty one")
    assert contents(user=owner) == {"categories": 1}
    page = owner_client.get(URL).content.decode()
    assert "Your account has 1 category" in page
    assert 'href="/accounts/settings/data/reset/"' in page


def test_the_settings_come_too_and_months_follow_the_days(
    owner: User, owner_client: Client, data: dict[str, Any]
) -> None:
    data["person"] |= {"time_zone": "Pacific/Kiritimati", "currency": "NGN", "preferred_name": "Ada"}
    data["transactions"][0] |= {"day": "2026-04-01", "date": "2026-03-31T12:00:00+00:00"}
    upload(owner_client, data)
    owner.refresh_from_db()
    assert (owner.time_zone, owner.currency, owner.preferred_name) == ("Pacific/Kiritimati", "NGN", "Ada")
    with connection.cursor() as cursor:
        cursor.execute("SELECT month::text FROM spending_summary WHERE user_id = %s ORDER BY 1", [owner.pk])
        assert [month for (month,) in cursor.fetchall()] == ["2026-03-01", "2026-04-01"]


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = data
    for step in way:
        place = place[step]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return data


FAULTS = [
    ("transactions.1.amount", 12.5, "transactions[1].amount must be an amount as text with two decimals"),
    ("transactions.1.amount", "12.5", "transactions[1].amount must be an amount as text"),
    ("transactions.1.amount", "10000000000.00", "transactions[1].amount must be an amount as text"),
    ("transactions.1.amount", "NaN", "transactions[1].amount must be an amount"),
    ("transactions.0.amount", KeyError, "transactions[0].amount is missing"),
    ("transactions.0.date", "2026-03-15T12:00:00", "transactions[0].date must have an offset from UTC"),
    ("transactions.0.date", "2026-02-30", "transactions[0].date must be a moment such as"),
    ("transactions.0.date", "0001-01-01T00:00:00+00:00", "transactions[0].date is out of range"),
    ("transactions.0.description", "", "transactions[0].description must not be empty"),
    ("transactions.0.description", "x" * 201, "transactions[0].description has more than 200 characters"),
    ("transactions.0.description", "a\0b", "transactions[0].description has a character that cannot be stored"),
    ("transactions.0.description", "\ud800", "transactions[0].description has a character that cannot be stored"),
    ("transactions.0.description", 7, "transactions[0].description must be text"),
    ("transactions.0.account", "accounts-9", "transactions[0].account names “accounts-9”, which is not in accounts"),
    ("transactions.0.account", 1, "transactions[0].account must be the ref of a row in accounts"),
    ("transactions.0.account", "subcategories-1", "transactions[0].account names “subcategories-1”"),
    ("transactions.0.occurrence", 1, "transactions[0] must have both fingerprint and occurrence"),
    ("transactions.1.occurrence", True, "transactions[1].occurrence must be a whole number from 1"),
    ("transactions.0.user_id", 1, "transactions[0] has something unknown: “user_id”"),
    ("transactions.0", [], "transactions[0] must be an object"),
    ("transactions.1.transfer", "x", "transactions[1].transfer must be a UUID"),
    ("accounts.0.type", "piggy bank", "accounts[0].type must be one of checking"),
    ("accounts.0.number_last4", "12a4", "accounts[0].number_last4 does not have the right form"),
    ("accounts.0.is_active", 1, "accounts[0].is_active must be true or false"),
    ("accounts.0.id", 1, "accounts[0] has something unknown: “id”"),
    ("accounts.0.ref", "", "accounts[0].ref must be a text"),
    ("periods.0.end_date", "2026-02-01", "periods[0].end_date is before the start_date"),
    ("budgets.0.brought_forward", "-0", "budgets[0].brought_forward must be an amount"),
    ("periods.0.start_date", "March", "periods[0].start_date must be a day"),
    ("budgets", [], "budgets: each period must have one."),
    ("imports.0.layout", {"delimiter": "##"}, "imports[0].layout does not describe a CSV file"),
    ("imports.0.layout", {"day_first": 1}, "imports[0].layout does not say how days were read"),
    ("imports.0.layout", {"onboarding_step": 5}, "imports[0].layout is not the layout of sample data"),
    ("imports.0.state", "uploaded", "imports[0].state must be one of committed, reverted"),
    ("imports.0.errors", [{"line": "1"}], "imports[0].errors must list lines with reason and text"),
    ("imports.0.balances", [["2026-01-01"]], "imports[0].balances must list pairs of a day and an amount"),
    ("imports.0.balances", [["2026-01-01", 5]], "imports[0].balances must be an amount as text"),
    ("imports.0.kind", "sample", "imports[0].layout does not fit the kind"),
    ("person.currency", "zar", "person.currency does not have the right form"),
    ("person.time_zone", "Mars/Base", "person.time_zone is not known here"),
    ("person.is_staff", True, "person must be an object with the settings and nothing else"),
    ("transactions", KeyError, "transactions is missing. The file may not have been downloaded completely."),
    ("budgets", {}, "budgets must be a list"),
    ("users", [{"id": 1}], "users[0] is not a part of this format"),
]


@pytest.mark.parametrize(("path", "value", "fault"), FAULTS)
def test_each_fault_is_told_with_its_place(
    owner: User, owner_client: Client, data: dict[str, Any], path: str, value: Any, fault: str
) -> None:
    message, faults = refused(owner_client, changed(data, path, value))
    assert message == "The file cannot be imported. Nothing was changed."
    assert fault in faults[0]
    assert contents(user=owner) == {}
    owner.refresh_from_db()
    assert owner.first_name == "Owner"


def test_a_fault_has_its_line(owner: User, owner_client: Client) -> None:
    source = make_user("source")
    furnish(source)
    text = export(source).decode()
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "-12.50" in row)
    _, faults = refused(owner_client, text.replace('"-12.50"', '"-12,50"').encode())
    assert faults == [
        f"Line {line}: transactions[0].amount must be an amount as text with two decimals, such as “12.50”"
    ]


def test_the_first_ten_faults_are_told(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    data["transactions"] = [data["transactions"][0] | {"amount": "x"}] * 30
    assert len(refused(owner_client, data)[1]) == 10


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Date,Amount\n", "The file does not begin like an export"),
        (b"{}", "Line 1 is not JSON."),
        (b'{"format": "other"}', "This is not an export of WealthWise."),
        (b'{"format": "wealthwise-export", "version": 3}', "This file has a version of the format that is not known"),
        (b'{"format": "wealthwise-export", "version": true}', "This file has a version of the format"),
        (b'{"accounts": [{}]}', "This is not an export of WealthWise: it does not begin with format"),
        (b'{"format": "wealthwise-export", "format": 1}', "This is not an export of WealthWise"),
        (b"", "The file is empty."),
    ],
)
def test_what_is_no_export(owner: User, owner_client: Client, data: bytes, message: str) -> None:
    assert refused(owner_client, data)[0].startswith(message)


def test_a_part_that_is_there_twice(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    text = json.dumps(data)[:-1] + ', "accounts": []}'
    assert "“accounts” is there twice" in refused(owner_client, text.encode())[0]
    assert contents(user=owner) == {}


def test_no_file(owner_client: Client) -> None:
    assert owner_client.post(URL, {}).context["form"].errors == {"file": ["Choose a file."]}


# What only the database knows.


def again(data: dict[str, Any], section: str, **changes: Any) -> dict[str, Any]:
    """The first row of a section once more."""
    row = data[section][0] | changes
    data[section].append(row | ({"ref": f"{section}-2"} if "ref" in row else {}))
    if section == "periods":
        data["budgets"].append(data["budgets"][0] | {"ref": "budgets-2", "period": "periods-2"})
    return data


@pytest.mark.parametrize(
    ("section", "changes", "fault"),
    [
        ("categories", {}, "categories[1]: another category has that name."),
        ("subcategories", {}, "subcategories[1]: its category has another subcategory with that name."),
        ("periods", {"is_active": False}, "periods[1]: it shares days with another period of its type."),
        ("periods", {"type": "yearly"}, "periods[1]: another period is active already."),
    ],
)
def test_the_rules_of_the_database_are_told(
    owner: User, owner_client: Client, data: dict[str, Any], section: str, changes: dict[str, Any], fault: str
) -> None:
    assert refused(owner_client, again(data, section, **changes))[1] == [fault]
    assert contents(user=owner) == {}


def test_a_fingerprint_is_there_once(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    data["transactions"].append(data["transactions"][1])
    _, faults = refused(owner_client, data)
    assert faults == ["transactions[2]: its fingerprint, or its side of a transfer, is there twice."]
    assert contents(user=owner) == {}


def test_a_balance_that_no_account_can_hold(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    row = data["transactions"][0] | {"amount": "9999999999.99"}
    data["transactions"] += [row, row]
    assert "beyond 9,999,999,999.99" in refused(owner_client, data)[0]
    assert contents(user=owner) == {}


# Whose rows.


def test_ids_of_others_in_a_file_reach_nothing(
    owner: User, owner_client: Client, stranger: User, data: dict[str, Any]
) -> None:
    """Refs that look like keys are names in the file, wherever they point in the database."""
    furnish(stranger)
    before = export(stranger)
    theirs = Account.objects.get(user=stranger)
    data["accounts"][0]["ref"] = str(theirs.pk)
    for section in ("transactions", "imports"):
        for row in data[section]:
            row["account"] = str(theirs.pk)
    upload(owner_client, data)
    mine = Account.objects.get(user=owner)
    assert set(Transaction.objects.filter(user=owner).values_list("account_id", flat=True)) == {mine.pk}
    assert told(export(stranger)) == told(before)


def test_a_sample_of_another_person_cannot_be_cleared(
    owner: User, owner_client: Client, stranger: User, data: dict[str, Any]
) -> None:
    furnish(stranger)
    lists = {name: [] for name in ("accounts", "categories", "subcategories", "periods")}
    lists |= {"recurring_allocations": [], "recurring_income": []}
    theirs = str(Account.objects.get(user=stranger).pk)
    data["imports"][0] |= {"kind": "sample", "layout": {**lists, "accounts": [theirs], "onboarding_step": 5}}
    _, faults = refused(owner_client, data)
    assert "imports[0].layout.accounts names rows that are not in the file" in faults[0]
    assert contents(user=owner) == {}


def test_an_import_needs_a_person(client: Client, data: dict[str, Any]) -> None:
    make_user("bystander")
    assert upload(client, data).url == f"/auth/login/?next={URL}"
    assert not Category.objects.exists()


# Bounds and concurrency.


def test_a_large_file_is_refused(owner: User, owner_client: Client, data: dict[str, Any], settings: Any) -> None:
    settings.EXPORT_MAX_BYTES = 500
    assert refused(owner_client, data)[0] == "The file is larger than 0 MB."
    assert contents(user=owner) == {}


def test_a_huge_request_is_refused_before_it_is_read(owner: User, owner_client: Client, settings: Any) -> None:
    settings.EXPORT_MAX_BYTES = 500
    assert upload(owner_client, b"x" * (2 * 1024 * 1024)).status_code == 400
    assert contents(user=owner) == {}


def test_too_many_rows(owner: User, owner_client: Client, data: dict[str, Any]) -> None:
    data["categories"] = [{"ref": f"c{n}"} for n in range(10_001)]
    message, faults = refused(owner_client, data)
    assert (message, len(faults)) == ("The file cannot be imported. Nothing was changed.", 10)


def test_statements_do_not_grow_with_the_rows(owner: User, stranger: User, data: dict[str, Any]) -> None:
    def statements(user: User) -> int:
        body = json.dumps(data).encode()
        with CaptureQueriesContext(connection) as captured:
            restore(user=user, chunks=lambda: [body])
        return len(captured)

    few = statements(owner)
    data["transactions"] += [data["transactions"][0]] * 500
    assert statements(stranger) == few


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_import_once() -> None:
    owner, source = make_user("owner"), make_user("source")
    furnish(source)
    body = export(source)
    outcome: list[str] = []
    both = threading.Barrier(2)

    def run() -> None:
        both.wait(20)
        try:
            restore(user=owner, chunks=lambda: [body])
            outcome.append("imported")
        except DomainError as error:
            outcome.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcome) == ["NotEmpty", "imported"]
    assert contents(user=owner) == contents(user=source)


@COSTLY
@given(seed=st.integers(0, 2**16), at=st.integers(0, 2**16), byte=st.integers(0, 255))
def test_a_damaged_file_is_imported_whole_or_refused(seed: int, at: int, byte: int) -> None:
    """One byte changed anywhere never ends in anything but a sentence or an import."""
    with transaction.atomic():
        before, after = make_user("before"), make_user("after")
        Household(before, seed % 7)
        body = bytearray(export(before))
        body[at % len(body)] = byte
        imported: dict[str, int] = {}
        with contextlib.suppress(Broken, NotAccepted):
            imported = restore(user=after, chunks=lambda: [bytes(body)])
        assert contents(user=after) == imported
        transaction.set_rollback(True)


def test_refusals_keep_their_faults() -> None:
    assert NotAccepted("No.", ["a"]).faults == ["a"]


def test_what_was_reconciled_is_reconciled_again(owner: User, stranger: User) -> None:
    account = make_account(owner, "Current", "100")
    check_balance(account=account, day=date(2026, 3, 31), stated=Decimal(100))
    check_balance(account=account, day=date(2026, 4, 30), stated=Decimal(90))
    data = export(owner)
    restore(user=stranger, chunks=lambda: [data])
    theirs = Account.objects.for_user(stranger).get()
    assert theirs.reconciled_to == date(2026, 3, 31)
    checks = BalanceCheck.objects.for_user(stranger).filter(account=theirs)
    assert [(check.day, check.outcome) for check in checks] == [
        (date(2026, 4, 30), "open"),
        (date(2026, 3, 31), "equal"),
    ]


@pytest.mark.parametrize("name", ["current.csv", "everyday.qif", "card.ofx", "giro.xml", "giro.sta"])
def test_statements_are_known_again_wherever_it_is_restored(
    owner: User, owner_client: Client, stranger: User, stranger_client: Client, name: str
) -> None:
    """Accounts have other ids there. What was deleted stays away, and what was joined with a typed row too."""
    account, file = make_account(owner, "Current"), statements.fixture(name)
    rows = statements.services.preview(batch=statements.staged(owner, account, file, name)).rows
    first = rows[0].row
    make_transaction(owner, str(first.amount), first.booked_on, "Typed", account=account)
    batch = ImportBatch.objects.for_user(owner).get()
    if not name.endswith(".csv"):
        statements.services.choose_encoding(batch=batch, encoding="utf-8")
    statements.services.commit(batch=batch)
    assert Transaction.objects.for_user(owner).filter(description="Typed", fingerprint__isnull=False).exists()
    gone = Transaction.objects.for_user(owner).filter(import_batch=batch).newest_first()[0]
    owner_client.post(f"/transactions/{gone.pk}/delete/")
    assert upload(stranger_client, json.loads(export(owner))).status_code == 302
    again = statements.staged(stranger, Account.objects.get(user=stranger), file, name)
    check = stranger_client.get(statements.step("check", again))
    assert (check.context["counts"].new, check.context["deleted"]) == (0, 1)
    assert check.context["counts"].duplicate == sum(not each.is_pending for each in rows)


def test_what_the_import_itself_kept_of_a_file_comes_back(owner: Any, stranger: Any) -> None:
    """A typed row that was joined, a pending row that was taken in, and an encoding that was chosen."""
    account = make_account(owner)
    make_transaction(owner, "-1.00", "2026-03-02", "Typed", account=account)
    rows = ["2026-03-02,Tea,BOOKED,-1.00", "2026-03-03,Hotel,PENDING,-8.00"]
    batch = staged(owner, account, statement(*rows, head="Date,Description,State,Amount"))
    imports.change_all(batch=batch, listed=Listed("pending"), change=Tick(is_taken=True))
    imports.commit(batch=batch)
    qif = staged(owner, account, b"!Type:Bank\nD28/03/2026\nT-4.00\nPCaf\xc3\xa9\n^\n", "a.qif")
    imports.choose_encoding(batch=qif, encoding="utf-8")
    imports.commit(batch=qif)
    said = told(export(owner))["imports"]
    first, second = [row["layout"] for row in said]
    assert (len(first["joined"]), len(first["pending"]), second["encoding"]) == (1, 1, "utf-8")
    data = export(owner)
    restore(user=stranger, chunks=lambda: [data])
    assert told(export(stranger))["imports"] == said
