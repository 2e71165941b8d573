"""Long files, several files, archives and spreadsheets: read and imported by jobs, with the same result."""

import io
import random
import zipfile
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.factories import make_account, make_user, signed_in
from tests.transactions.importing.helpers import COFFEES, booked, columns_form, fixture, statement, step, upload
from transactions.importing import jobs, readings, services
from transactions.importing.csv import records
from transactions.importing.detect import parse
from transactions.importing.formats.rows import StatementError
from transactions.importing.packed import unpacking
from transactions.importing.packed.unpacking import expands_to, unpacked
from transactions.jobs import queue, turns, worker
from transactions.models import ImportBatch, ImportReading, Job, JobChunk

START = "/transactions/import/"


@pytest.fixture(autouse=True)
def started(monkeypatch: Any) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(turns, "start_command", found.append)
    return found


@pytest.fixture
def all_are_long(monkeypatch: Any) -> None:
    monkeypatch.setattr(readings, "LONG", 10)


def send(client: Client, account: Any, *files: tuple[str, bytes]) -> Any:
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(START, {"account": account.pk, "file": sent})


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def workbook(**sheets: list[list[Any]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file.getvalue()


ROWS = [
    ["Date", "Description", "Amount"],
    [date(2026, 3, 2), "Coffee", -3.2],
    [datetime(2026, 3, 14, 9, 30), "Salary", 2500],  # noqa: DTZ001  a sheet knows no zones
    [None, None, None],
]


def spreadsheet(rows: str) -> bytes:
    """An OpenDocument file around the rows of its one table."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    content = f"<office:document-content {spaces}>{body}</office:body></office:document-content>"
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped(("mimetype", kind), ("content.xml", content.encode()))


TEXT_CELL = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
ODS_ROW = (
    '<table:table-row{}><table:table-cell office:value-type="date" office:date-value="{}"/>'
    "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    '<table:table-cell office:value-type="float" office:value="{}"/></table:table-row>'
)
ODS_HEAD = f"<table:table-row>{''.join(TEXT_CELL.format('', word) for word in ROWS[0])}</table:table-row>"
EMPTY_ODS_ROWS = (
    '<table:table-row table:number-rows-repeated="1048570">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)

# The whole way of a long file


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_a_long_csv_from_upload_to_result(started: list[str]) -> None:
    owner, stranger = make_user("owner"), make_user("stranger")
    account, client = make_account(owner), signed_in(owner)
    waiting = upload(client, account, COFFEES)
    assert waiting.url == f"/jobs/{Job.objects.get().pk}/"
    assert upload(client, account, COFFEES).url == waiting.url, "a second press reads it once"
    assert (started, ImportBatch.objects.count()) == (["work"], 0)
    assert "Reading bank.csv" in client.get(START).content.decode()
    worker.work_off()
    batch = ImportBatch.objects.get()
    assert client.get(waiting.url, headers={"HX-Request": "true"}).headers["HX-Redirect"] == step("configure", batch)
    columns = client.get(step("configure", batch))
    assert "The file is long: what you see here is of its first 3 rows." in columns.text
    assert client.post(step("configure", batch), columns_form(columns)).url == step("check", batch)
    reading = client.get(step("check", batch)).url
    assert client.get(step("configure", batch)).url == reading, "while it is read, nothing else is done with it"
    assert signed_in(stranger).get(reading).status_code == 404
    worker.work_off()
    check = client.get(step("check", batch))
    assert check.context["counts"] == (3, 0, 0)
    importing = client.post(step("commit", batch), {"new": 3, "duplicate": 0, "error": 0}).url
    assert client.post(step("commit", batch), {"new": 3, "duplicate": 0, "error": 0}).url == importing
    assert booked(owner) == []
    worker.work_off()
    job = Job.objects.latest("id")
    assert (job.note, job.done_steps, job.total_steps) == ("Imported “bank.csv”: 3 added, 0 already there.", 3, 3)
    assert client.get(importing, headers={"HX-Request": "true"}).headers["HX-Redirect"] == step("result", batch)
    assert len(booked(owner)) == 3
    assert not ImportReading.objects.exists()
    assert not JobChunk.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
@pytest.mark.parametrize("name", ["current.csv", "card.ofx", "everyday.qif", "giro.sta"])
def test_the_same_rows_as_at_once(name: str, monkeypatch: Any) -> None:
    owner = make_user("owner")
    account, client = make_account(owner), signed_in(owner)
    data = fixture(name)
    upload(client, account, data, name)
    worker.work_off()
    batch = ImportBatch.objects.select_related("account", "user").get()
    ImportReading.objects.all().delete()  # or nothing would be read again
    told: list[tuple[int, int]] = []
    services.keep_reading(batch=batch, advance=lambda *how_far: told.append(how_far))
    assert told[-1][0] == told[-1][1] > 0
    batch.refresh_from_db()
    kept = services.read(batch)
    assert ImportReading.objects.exists()
    monkeypatch.setattr(readings, "LONG", 10**9)
    assert services.read(batch) == kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_another_way_of_reading_needs_another_reading() -> None:
    owner = make_user("owner")
    account, client = make_account(owner), signed_in(owner)
    upload(client, account, b"!Type:Bank\nD03/04/2026\nT-1.00\nPA\n^\n", "a.qif")
    worker.work_off()
    batch = ImportBatch.objects.get()
    assert client.get(step("check", batch)).context["first_day"] == date(2026, 3, 4)
    client.post(step("order_days", batch), {"day_first": "1"})
    assert client.get(step("check", batch)).status_code == 302
    worker.work_off()
    assert client.get(step("check", batch)).context["first_day"] == date(2026, 4, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_a_file_that_cannot_be_read_is_told_and_not_kept() -> None:
    owner = make_user("owner")
    client = signed_in(owner)
    page = upload(client, make_account(owner), b"%PDF-1.7 " + b"x" * 100, "statement.pdf").url
    worker.work_off()
    assert "PDF files are not supported" in client.get(page).content.decode()
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_a_file_that_is_discarded_stops_its_job() -> None:
    owner = make_user("owner")
    client = signed_in(owner)
    upload(client, make_account(owner), COFFEES)
    worker.work_off()
    batch = ImportBatch.objects.get()
    client.get(step("check", batch))
    assert client.post(step("discard", batch)).url == START
    assert (Job.objects.latest("id").outcome, ImportBatch.objects.count()) == ("cancelled", 0)
    assert worker.work_off() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_so_many_uploads_of_a_person_wait_and_no_more() -> None:
    owner = make_user("owner")
    account, client = make_account(owner), signed_in(owner)
    for number in range(jobs.MOST_UPLOADS):
        assert upload(client, account, COFFEES, f"{number}.csv").status_code == 302
    answer = upload(client, account, COFFEES, "more.csv")
    assert (answer.status_code, Job.objects.count()) == (422, jobs.MOST_UPLOADS)
    assert "Files that you sent are being read still." in answer.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_are_long")
def test_an_import_that_is_stopped_books_nothing(monkeypatch: Any) -> None:
    owner = make_user("owner")
    account, client = make_account(owner, opening="10"), signed_in(owner)
    upload(client, account, COFFEES)
    worker.work_off()
    batch = ImportBatch.objects.get()
    client.post(step("commit", batch))
    record = services.balances.record

    def stopped(held: ImportBatch) -> None:
        record(held)
        from tests.concurrency import at_once

        at_once(lambda: queue.cancel(job=Job.objects.latest("id")))

    monkeypatch.setattr(services.balances, "record", stopped)
    worker.work_off()
    batch.refresh_from_db()
    account.refresh_from_db()
    assert (batch.state, account.current_balance, booked(owner)) == ("uploaded", Decimal(10), [])
    assert "It was stopped. Nothing was changed." in client.get(f"/jobs/{Job.objects.latest('id').pk}/").text


# Several files, archives, spreadsheets


@pytest.mark.django_db
def test_several_files_wait_each_for_itself(owner: Any, owner_client: Client) -> None:
    account = make_account(owner)
    other = statement("2026-04-01,Tea,-2.00")
    answer = send(owner_client, account, ("a.csv", COFFEES), ("b.pdf", b"%PDF-1.7"), ("c.csv", other))
    assert answer.url == START
    page = owner_client.get(START).text
    assert "2 files wait for you" in page
    assert "b.pdf: PDF files are not supported" in page
    assert sorted(ImportBatch.objects.values_list("file_name", flat=True)) == ["a.csv", "c.csv"]


@pytest.mark.django_db
def test_several_of_which_none_can_be_read_change_nothing(owner: Any, owner_client: Client) -> None:
    answer = send(owner_client, make_account(owner), ("a.pdf", b"%PDF-1.7"), ("b.pdf", b"%PDF-1.7"))
    assert answer.status_code == 422
    assert "None of these files can be read." in answer.text
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", workbook(Sheet=ROWS)),
        ("a.ods", spreadsheet(ODS_HEAD + ODS_ROW.format("", "2026-03-02", "Coffee", "-3.2")
                              + ODS_ROW.format("", "2026-03-14T09:30:00", "Salary", "2500") + EMPTY_ODS_ROWS)),
        ("a.zip", zipped(("__MACOSX/._a.csv", b"x"), ("in/a.xlsx", workbook(Sheet=ROWS)))),
    ],
)  # fmt: skip
def test_a_spreadsheet_becomes_rows(owner: Any, owner_client: Client, name: str, data: bytes) -> None:
    account = make_account(owner)
    upload(owner_client, account, data, name)
    batch = ImportBatch.objects.get()
    columns = owner_client.get(step("configure", batch))
    owner_client.post(step("configure", batch), columns_form(columns))
    assert owner_client.get(step("check", batch)).context["counts"] == (2, 0, 0)
    owner_client.post(step("commit", batch))
    assert [(amount, text) for _, amount, text in booked(owner)] == [("-3.20", "Coffee"), ("2500.00", "Salary")]


def test_each_sheet_and_each_member_is_a_file() -> None:
    sheets = workbook(March=ROWS, Empty=[["x"]], April=ROWS)
    names = [file.name for file in unpacked("a.zip", zipped(("b.csv", COFFEES), ("c.xlsx", sheets)))]
    assert names == ["b.csv", "c.xlsx (March)", "c.xlsx (April)"]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2).filter(bool), min_size=1, max_size=20))
def test_numbers_of_a_sheet_are_not_changed(amounts: list[Decimal]) -> None:
    rows = [["Date", "Description", "Amount"], *([date(2026, 3, 2), "x", float(amount)] for amount in amounts)]
    [file] = unpacked("a.xlsx", workbook(S=rows))
    assert [row.amount for row in parse(file.data, file.name).rows] == amounts


REFUSED = {
    "an archive in an archive": (zipped(("a.zip", zipped(("b.csv", COFFEES)))), "archive inside"),
    "nothing": (zipped(("in/", b"")), "no statement"),
    "too many": (zipped(*((f"{n}.csv", COFFEES) for n in range(11))), "more than 10 statements"),
    "cut off": (zipped(("a.csv", COFFEES))[:-30], "damaged"),
    "another checksum": (zipped(("a", b"x")).replace(zlib.crc32(b"x").to_bytes(4, "little"), b"1234"), "damaged"),
    "a broken sheet": (zipped(("xl/workbook.xml", b"<x")), "cannot be read"),
    "entities": (
        zipped(("mimetype", b""), ("content.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')), "cannot be read",
    ),
    "a member without end": (zipped(("a.csv", b"\0" * (21 * 1024 * 1024))), "unpacks to more"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_unpacked_is_refused(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(StatementError, match=reason):
        unpacked("a.zip", data)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_stream_of_any_method_is_refused(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("a.csv", COFFEES * 500)
    data = bytearray(packed.getvalue())
    begins = 30 + len("a.csv")  # behind the head of the member
    data[begins + 2 : begins + 40] = b"\xff" * 38
    with pytest.raises(StatementError, match="damaged"):
        unpacked("a.zip", bytes(data))


def test_bombs_are_measured_and_not_believed(monkeypatch: Any) -> None:
    """Sizes in a header are what its writer says, and what is repeated has an end."""
    bomb = spreadsheet(
        ODS_HEAD
        + f'<table:table-row table:number-rows-repeated="99999999">{TEXT_CELL.format("", "x") * 3}</table:table-row>'
    )
    with pytest.raises(StatementError, match="200,000 rows"):
        unpacked("a.ods", bomb)
    wide = (
        ODS_HEAD
        + f"<table:table-row>{TEXT_CELL.format(' table:number-columns-repeated="99999999"', 'x')}</table:table-row>"
    )
    [file] = unpacked("a.ods", spreadsheet(wide))
    assert file.data.splitlines()[-1].count(b"x") == 100
    far = Workbook()
    far.active["XFD1048576"] = "x"
    far.active["A1"] = "y"
    packed = io.BytesIO()
    far.save(packed)
    with pytest.raises(StatementError, match="200,000 rows"):
        unpacked("a.xlsx", packed.getvalue())
    lying = zipped(("xl/workbook.xml", b"<a/>"), ("b", b"\0" * 3_000_000)).replace(
        (3_000_000).to_bytes(4, "little"), (3).to_bytes(4, "little")
    )
    monkeypatch.setattr(unpacking, "MOST_EXPANDED", 1_000_000)
    with pytest.raises(StatementError):
        unpacked("a.xlsx", lying)
    assert not expands_to(zipped(("b", b"\0" * 3_000_000)), 1_000_000)
    assert expands_to(zipped(("b", b"\0" * 3_000)), 1_000_000)


def test_the_beginning_of_a_file_ends_with_a_record(monkeypatch: Any) -> None:
    generator = random.Random(3)
    monkeypatch.setattr(records, "BEGINNING", 300)
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        lines = [f'2026-03-{generator.randint(1, 28):02},"a{"\n" * (n % 2)}b",{n}.00\n' for n in range(60)]
        text = "".join(lines)
        part = records.beginning(text.encode(encoding), encoding).decode(encoding)
        assert 0 < len(part) < len(text)
        assert part in {"".join(lines[:n]) for n in range(60)}
        assert records.beginning(b"short", encoding) == b"short"


def test_a_statement_is_kept_without_loss() -> None:
    whole = parse(fixture("current.csv"), "current.csv")
    assert readings._read(readings._written(whole)) == whole
