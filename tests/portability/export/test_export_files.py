"""The files: exact content, whose rows are in them, and no formula anywhere."""

import csv
import io
import json
import tempfile
import threading
import zipfile
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.test import Client
from openpyxl import load_workbook
from openpyxl.cell import Cell

from accounts.models import User
from budgets.models import Budget, BudgetAllocation
from tests.factories import make_account, make_period, make_subcategory, make_transaction, make_user
from tests.portability.export.households import STRANGE, Household, export
from transactions.models import ImportBatch
from wealthwise.core.columns import exported_fields, is_owned
from wealthwise.portability.export import exported_rows
from wealthwise.portability.export.codecs.values import codec_of
from wealthwise.portability.export.exported_rows import ExportRunning, snapshot
from wealthwise.portability.export.sections import PERSON, SECTIONS
from wealthwise.portability.export.xlsx_writer import write_xlsx

pytestmark = pytest.mark.django_db
URL = "/accounts/settings/data/"


def content(response: Any) -> bytes:
    assert response.status_code == 200
    data = b"".join(response.streaming_content)
    response.close()
    return data


def furnish(user: User) -> None:
    account = make_account(user, "Current", "100.00")
    groceries = make_subcategory(user, "=Groceries")
    make_transaction(user, "-12.50", account=account, subcategory=groceries, description="=HYPERLINK(1)")
    make_transaction(user, "9.00", "2026-03-14", comment="@note")
    period = make_period(user)
    BudgetAllocation.objects.create(
        user=user, budget=Budget.objects.get(period=period), subcategory=groceries, allocated_amount="80"
    )


def test_the_json_is_exact(owner: User, owner_client: Client, stranger: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Africa/Johannesburg", currency="ZAR")
    owner.refresh_from_db()
    furnish(owner)
    furnish(stranger)
    response = owner_client.get(f"{URL}export/json/")
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"].startswith('attachment; filename="wealthwise-2')
    assert "no-store" in response["Cache-Control"]
    told = json.loads(content(response))
    assert (told["format"], told["version"]) == ("wealthwise-export", 2)
    assert told["exported_at"].endswith("+02:00")
    assert told["person"] == {
        "username": "owner", "email": "owner@example.com", "first_name": "Owner", "last_name": "",
        "preferred_name": "", "country": "", "currency": "ZAR", "time_zone": "Africa/Johannesburg",
        "theme": "system",
    }  # fmt: skip
    rows = [{key: row[key] for key in row if key != "created_at"} for row in told["transactions"]]
    nothing = dict.fromkeys(
        ["transfer", "import", "fingerprint", "occurrence", "filed_as", "rule", "tags", "split", "part"]
    )
    assert rows == [
        {
            "day": "2026-03-14", "time": None, "date": "2026-03-14T12:00:00+02:00",
            "description": "Corner shop", "amount": "9.00",
            "account": None, "subcategory": None, "comment": "@note", **nothing,
        },
        {
            "day": "2026-03-15", "time": None, "date": "2026-03-15T12:00:00+02:00",
            "description": "=HYPERLINK(1)", "amount": "-12.50",
            "account": "accounts-1", "subcategory": "subcategories-1", "comment": "", **nothing,
        },
    ]  # fmt: skip
    assert told["accounts"][0]["ref"] == "accounts-1"
    assert told["accounts"][0]["anchor_balance"] == "100.00"
    assert told["budgets"][0]["period"] == "periods-1"
    assert told["allocations"][0]["amount"] == "80.00"


def test_a_csv_for_each_table(owner: User, owner_client: Client, stranger: User) -> None:
    furnish(owner)
    furnish(stranger)
    archive = zipfile.ZipFile(io.BytesIO(content(owner_client.get(f"{URL}export/csv/"))))
    assert archive.namelist() == [f"{section.key}.csv" for section in SECTIONS]
    rows = list(csv.DictReader(io.StringIO(archive.read("transactions.csv").decode("utf-8-sig"), newline="")))
    assert [row["description"] for row in rows] == ["Corner shop", "'=HYPERLINK(1)"]
    assert [row["amount"] for row in rows] == ["9.00", "-12.50"]
    assert rows[0]["comment"] == "'@note"
    assert (rows[1]["account"], rows[1]["category"], rows[1]["subcategory"]) == ("Current", "Food", "'=Groceries")
    assert rows[1]["date"] == "2026-03-15 12:00:00+00:00"
    allocations = archive.read("allocations.csv").decode("utf-8-sig").splitlines()
    assert allocations[1].startswith("March 2026,Food,'=Groceries,80.00,,no,,")


def sheets(data: bytes) -> dict[str, list[tuple[Cell, ...]]]:
    return {sheet.title: list(sheet.iter_rows()) for sheet in load_workbook(io.BytesIO(data)).worksheets}


def test_the_workbook(owner: User, owner_client: Client, stranger: User) -> None:
    furnish(owner)
    furnish(stranger)
    named = sheets(content(owner_client.get(f"{URL}export/xlsx/")))
    assert next(iter(named)) == "Accounts"
    assert list(named)[-1] == "Transactions"
    head, first, second = named["Transactions"]
    assert [cell.value for cell in head][:8] == [
        "day", "time", "date", "description", "amount", "account", "category", "subcategory",
    ]  # fmt: skip
    assert (second[3].value, second[3].data_type, second[3].quotePrefix) == ("=HYPERLINK(1)", "s", True)
    assert (second[4].value, second[4].data_type, second[4].number_format) == (-12.5, "n", "#,##0.00")
    assert (first[2].value, first[2].number_format) == (
        datetime.fromisoformat("2026-03-14T12:00"),
        "yyyy-mm-dd h:mm:ss",
    )
    assert (first[0].value, first[0].number_format) == (datetime.fromisoformat("2026-03-14"), "yyyy-mm-dd")
    assert (first[3].value, first[3].quotePrefix) == ("Corner shop", False)
    start = named["Periods"][1][2]
    assert (start.value, start.number_format) == (datetime.fromisoformat("2026-03-01"), "yyyy-mm-dd")
    assert len(named["Accounts"]) == 2


@pytest.mark.parametrize("seed", range(6))
def test_no_cell_of_a_workbook_is_a_formula(owner: User, owner_client: Client, seed: int) -> None:
    Household(owner, seed)
    data = content(owner_client.get(f"{URL}export/xlsx/"))
    cells = [cell for rows in sheets(data).values() for row in rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "@")))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert not [name for name in archive.namelist() if "/sheet" in name and b"<f" in archive.read(name)]


@pytest.mark.parametrize("text", ["=1+1", "=", "#N/A", "#REF!", "TRUE", "1e5", "2026-03-14", "12.50", " spaces  "])
def test_text_that_looks_like_something_else_stays_text(owner: User, owner_client: Client, text: str) -> None:
    make_transaction(owner, comment=text)
    row = sheets(content(owner_client.get(f"{URL}export/xlsx/")))["Transactions"][1]
    assert (text, "s") in [(cell.value, cell.data_type) for cell in row]


def test_what_xml_cannot_hold_is_left_out(owner: User, owner_client: Client) -> None:
    make_transaction(owner, description="a\x01b\x1fc <&> \ufffe")
    named = sheets(content(owner_client.get(f"{URL}export/xlsx/")))
    assert named["Transactions"][1][3].value == "abc <&> "


def test_moments_before_the_first_day_of_a_spreadsheet_are_text(owner: User, owner_client: Client) -> None:
    make_transaction(owner, day="1900-12-31")
    row = sheets(content(owner_client.get(f"{URL}export/xlsx/")))["Transactions"][1]
    assert [cell.value for cell in row[:3]] == ["1900-12-31", None, "1900-12-31 12:00:00"]


def test_a_full_sheet_goes_on_in_another(owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthwise.portability.export.xlsx_writer.ROWS_A_SHEET", 2)
    for number in range(5):
        make_transaction(owner, description=f"Row {number}")
    named = sheets(content(owner_client.get(f"{URL}export/xlsx/")))
    parts = [named[name] for name in ("Transactions", "Transactions 2", "Transactions 3")]
    assert [row[3].value for rows in parts for row in rows[1:]] == [f"Row {number}" for number in range(5)]


@pytest.mark.parametrize("breaks", [False, True])
def test_a_workbook_leaves_nothing_behind(
    owner: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, breaks: bool
) -> None:
    """Temporary files hold a user's ledger."""
    furnish(owner)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if breaks:
        monkeypatch.setattr("wealthwise.portability.export.xlsx_writer._cell", lambda *cell: 1 / 0)
    with snapshot(owner), pytest.raises(ZeroDivisionError) if breaks else nullcontext():
        write_xlsx(owner, io.BytesIO())
    assert list(tmp_path.iterdir()) == []


def test_batches_join_without_gap_or_repetition(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many rows have the same moment, across a batch's end."""
    for number in range(23):
        make_transaction(owner, description=f"Row {number}", day="2026-03-15" if number % 3 else "2026-03-14")
    whole = json.loads(export(owner))["transactions"]
    monkeypatch.setattr(exported_rows, "BATCH", 4)
    assert json.loads(export(owner))["transactions"] == whole
    assert len({row["description"] for row in whole}) == 23


def test_nobody_gets_anything_without_signing_in(client: Client) -> None:
    for path in ("", "export/json/", "export/csv/", "export/xlsx/", "import/", "reset/"):
        assert client.get(URL + path).url == f"/auth/login/?next={URL}{path}"


def test_staff_get_their_own(owner: User, staff_client: Client) -> None:
    furnish(owner)
    told = json.loads(content(staff_client.get(f"{URL}export/json/")))
    assert (told["person"]["username"], told["transactions"]) == ("staff", [])


def test_only_what_is_offered(owner_client: Client) -> None:
    assert owner_client.get(f"{URL}export/pdf/").status_code == 404
    assert owner_client.post(f"{URL}export/json/").status_code == 405


def test_a_statement_that_waits_is_told_and_left_out(owner: User, owner_client: Client) -> None:
    account = make_account(owner)
    ImportBatch.objects.create(user=owner, account=account, file_name="a.csv", kind="csv", content=b"x")
    assert "1 uploaded statement waits for you" in owner_client.get(URL).content.decode()
    assert json.loads(export(owner))["imports"] == []


def test_the_page_says_what_there_is(owner: User, owner_client: Client, stranger: User) -> None:
    assert b"You have no records yet" in owner_client.get(URL).content
    furnish(owner)
    furnish(stranger)
    page = owner_client.get(URL).content.decode()
    assert "1 account, 1 category, 1 subcategory, 1 budget period, 1 allocation and 2 transactions" in page


# Tables of libraries, none of which is a user's record.
LEFT_OUT = {
    "account_emailaddress": "belongs to the sign-in; the address is in the person's part",
    "mfa_authenticator": "second factors must not leave",
    "usersessions_usersession": "sessions end with the account",
    "user_groups": "rights of staff",
    "user_user_permissions": "rights of staff",
    "django_admin_log": "the operator's log of the console",
}


def test_every_table_with_an_owner_is_exported_or_declared_not_to_be(db: None) -> None:
    """A new table has columns that are exported, and then a Section, or none that are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attname = 'user_id' AND n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm')
            AND NOT c.relispartition"""
        )
        owned = {name for (name,) in cursor.fetchall()}
    tables = {model._meta.db_table: model for model in apps.get_models() if is_owned(model)}
    exported = {name for name, model in tables.items() if exported_fields(model)}
    assert exported == {section.model._meta.db_table for section in SECTIONS}
    assert owned == {*tables, *LEFT_OUT}


def test_the_format_names_no_column_that_is_not_exported() -> None:
    """What a section says of a column is said of one that is there."""
    for section in [*SECTIONS, PERSON]:
        named = {*section.keys, *section.codecs, *section.first}
        assert named <= {field.name for field in section.fields}, section.key
        assert {*section.label} <= {field.key for field in section.fields}, section.key


def test_a_column_needs_a_form_in_the_file() -> None:
    with pytest.raises(ImproperlyConfigured, match="say in the codecs of its section"):
        codec_of(models.JSONField(name="anything"))
    assert codec_of(models.TextField(blank=True)).read("x" * 5000) == "x" * 5000


@pytest.mark.django_db(transaction=True)
def test_one_export_of_a_person_at_a_time() -> None:
    owner, other = make_user("owner"), make_user("other")
    outcome: list[str] = []

    def second() -> None:
        try:
            with snapshot(other):
                outcome.append("other")
            with snapshot(owner):
                outcome.append("owner")
        except ExportRunning as error:
            outcome.append(str(error))
        finally:
            connection.close()

    with snapshot(owner):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
    assert outcome == ["other", "An export is being made already. Try again when it is there."]


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_one_moment() -> None:
    owner = make_user("owner")
    make_transaction(owner, description="Before")

    def write() -> None:
        make_transaction(owner, description="After", subcategory=make_subcategory(owner))
        connection.close()

    with snapshot(owner):
        seen = exported_rows.ExportedRows(owner)
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(20)
        rows = [row["description"] for row in seen.records(SECTIONS[-1])]
    assert rows == ["Before"]


def test_strange_texts_survive(owner: User) -> None:
    for text in STRANGE:
        make_transaction(owner, description=text)
    assert {row["description"] for row in json.loads(export(owner))["transactions"]} == set(STRANGE)
