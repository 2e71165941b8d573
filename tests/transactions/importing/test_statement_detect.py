"""The kinds of files, and that no bytes whatever raise anything but a StatementError."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transactions.importing.csv.layout import CsvLayout
from transactions.importing.detect import kind_of, parse
from transactions.importing.formats.ofx import parse_ofx
from transactions.importing.formats.rows import StatementError


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", b"Date;Amount\n", "csv"),
        ("download", b"Date,Amount\n2026-03-01,1\n", "csv"),
        ("a.csv", "Date,Amount\n".encode("utf-16"), "csv"),
        ("a.csv", b"OFXHEADER:100\n<OFX>", "ofx"),
        ("a.qfx", b'<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX>', "ofx"),
        ("a.qif", b"!Type:Bank\nD1/1/26\n", "qif"),
        ("a.xml", b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">', "camt"),
        ("a.sta", b":20:STARTUMS\n:25:1/2\n:60F:C260101EUR1,\n", "mt940"),
        ("a.zip", b"PK\x03\x04....", "zip"),
        ("a.zip", b"PK\x03\x04" + b"." * 26 + b"[Content_Types].xml", "xlsx"),
        ("a.xls", b"\xd0\xcf\x11\xe0....", "xlsx"),
        ("a.pdf", b"%PDF-1.7", "pdf"),
        ("a.html", b"<html><body>a,b</body></html>", "unknown"),
        ("a.bin", bytes(range(256)), "unknown"),
        ("a.csv", b"", "unknown"),
    ],
)
def test_kind(name, data, kind):
    assert kind_of(name, data) == kind


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"PK\x03\x04" + b"." * 26 + b"xl/workbook.xml", b"<html>"])
def test_other_kinds_say_what_to_do(data):
    with pytest.raises(StatementError, match="CSV"):
        parse(data, "file")


def test_parse_reads_csv_with_and_without_a_layout():
    data = b"Date,Description,Amount\n2026-03-01,Tea,-2.00\n"
    layout = CsvLayout(description_columns=(1,), amount_column=2)
    assert parse(data, "a.csv").rows == parse(data, "a.csv", layout).rows


PIECES = st.sampled_from(
    [b"Date", b"Amount", b"Description", b"2026-03-01", b"1,50", b"-3.00", b"(", b'"', b",", b";", b"\t", b"\n", b"\r",
     b"<OFX>", b"</OFX>", b"<STMTRS>", b"<STMTTRN>", b"</STMTTRN>", b"<DTPOSTED>", b"<TRNAMT>", b"<NAME>", b"</NAME>",
     b"<![CDATA[", b"]]>", b"<!--", b"&#xD800;", b"20260301", b"\x00", b"\xff\xfe", b"\xe2\x82\xac", b"9" * 60,
     b"/", b".", b"!Type:Bank\n", b"!Account\n", b"^\n", b"\nD", b"\nT", b"\nP", b"3/4'26", b":20:A\n", b":25:1/2\n",
     b":60F:C260101EUR1,\n", b"\n:61:2603010301C1,00NTRF", b"\n:86:166?20A?32B", b"\n-}",
     b"{1:", b"<Document camt.053>",
     b"</Document>", b"<Stmt>", b"</Stmt>", b"<Ntry>", b"</Ntry>", b"<Amt Ccy='EUR'>1.00</Amt>", b"<BookgDt><Dt>",
     b"<!DOCTYPE x>", b"</Dt></BookgDt>", b"<CdtDbtInd>DBIT</CdtDbtInd>"]
)  # fmt: skip
SOUP = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(b"".join))


def read_or_refuse(read, *arguments):
    """The statement, or the sentence that says why there is none; any other exception fails the test."""
    try:
        return read(*arguments)
    except StatementError as error:
        return str(error)


@given(data=SOUP, name=st.sampled_from(["a.csv", "a.ofx", ""]))
@example(data=b"\x00", name="a.csv")
@example(data=b"\xff\xfe\x00", name="a.csv")
@example(data=b"Date,Amount", name="a.csv")
def test_no_bytes_raise_anything_else(data, name):
    outcome = read_or_refuse(parse, data, name)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
        return
    for row in outcome.rows:
        assert 1 <= len(row.description) <= 200
        assert row.amount.as_tuple().exponent == -2
        (row.description + row.comment + row.bank_id).encode()


@given(data=st.lists(PIECES, max_size=60).map(b"".join))
def test_no_markup_raises_anything_else(data):
    assert read_or_refuse(parse_ofx, b"<OFX><STMTRS>" + data + b"</OFX>")


@pytest.mark.parametrize("piece", [b"<![CDATA[", b"<A>", b"<", b"<!--", b"<NAME>", b"<STMTRS>", b"</A>x", b"<MEMO>  "])
def test_hostile_repetition_takes_linear_time(piece):
    assert read_or_refuse(parse_ofx, b"<OFX><STMTRS><STMTTRN>" + piece * (400_000 // len(piece)) + b"</OFX>")
