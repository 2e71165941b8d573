"""Balances that stand in files: read, proven, and where a file was cut, named."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transactions.importing.helpers import fixture, statement
from transactions.importing.csv.running import RunningRow, proven
from transactions.importing.detect import parse
from transactions.importing.formats.rows import Statement

HEAD = "Date,Description,Amount,Balance"


def said(found: Statement) -> list[tuple[str, str]]:
    return [(balance.day.isoformat(), str(balance.amount)) for balance in found.balances]


def notes(found: Statement) -> list[str]:
    return [note.text for note in found.notes]


# CSV.

ROWS = ["2026-03-02,Rent,-850,150", "2026-03-02,Coffee,-3.50,146.50", "2026-03-05,Pay,1000,1146.50"]


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]], ids=["oldest first", "newest first"])
def test_the_last_row_of_a_day_by_the_order_that_arithmetic_proves(rows: list[str]) -> None:
    found = parse(statement(*rows, head=HEAD), "bank.csv")
    assert said(found) == [("2026-03-02", "146.50"), ("2026-03-05", "1146.50")]
    assert found.notes == []


def test_one_day_alone_has_the_order_of_its_arithmetic() -> None:
    rows = ["2026-03-02,C,-3,90", "2026-03-02,B,-2,93", "2026-03-02,A,-5,95"]
    assert said(parse(statement(*rows, head=HEAD), "bank.csv")) == [("2026-03-02", "90.00")]
    assert said(parse(statement(*rows[::-1], head=HEAD), "bank.csv")) == [("2026-03-02", "90.00")]


def test_a_row_that_is_missing_is_named_by_its_line() -> None:
    rows = [*ROWS, "2026-03-06,Tea,-2,1144.50", "2026-03-07,Gap,-1,1133.50", "2026-03-08,Tea,-2,1131.50"]
    found = parse(statement(*rows, "2026-03-09,Tea,-2,1129.50", head=HEAD), "bank.csv")
    assert said(found)[-1] == ("2026-03-09", "1129.50")
    (note,) = found.notes
    assert (note.line, note.text) == (
        6,
        "Its balance does not follow from line 5: -10.00 is missing between them.",
    )


def test_balances_that_prove_nothing_are_not_compared() -> None:
    found = parse(statement("2026-03-02,A,-3,90", "2026-03-03,B,-2,17", "2026-03-04,C,-5,44", head=HEAD), "bank.csv")
    assert said(found) == []
    assert notes(found) == ["The balances in the file do not follow from its rows, so they are not compared."]


def test_what_a_card_owes_is_read_as_owed_and_said() -> None:
    found = parse(statement("2026-03-02,Shop,-30,130", "2026-03-03,Shop,-20,150", head=HEAD), "card.csv")
    assert said(found) == [("2026-03-02", "-130.00"), ("2026-03-03", "-150.00")]
    assert notes(found)[0].startswith("The balances in the file grow where money goes out")


def test_a_row_that_cannot_be_read_breaks_no_chain() -> None:
    rows = [ROWS[0], "2026-03-02,Odd,none,140", *ROWS[1:]]
    found = parse(statement(*rows, head=HEAD), "bank.csv")
    assert len(found.errors) == 1
    assert said(found) == [("2026-03-02", "146.50"), ("2026-03-05", "1146.50")]


def test_a_file_without_a_column_of_balances_says_none() -> None:
    assert said(parse(statement("2026-03-02,Coffee,-3.20"), "bank.csv")) == []


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Decimal, list[tuple[date, Decimal]]]:
    cents = st.integers(-50_000, 50_000).filter(bool).map(lambda number: Decimal(number) / 100)
    steps = draw(st.lists(st.tuples(st.integers(0, 3), cents), min_size=1, max_size=30))
    day, rows = date(2026, 1, 1), []
    for days, amount in steps:
        day += timedelta(days=days)
        rows.append((day, amount))
    return draw(cents), rows


@given(ledgers(), st.booleans())
def test_any_sound_file_gives_the_ends_of_its_days(ledger: Any, is_newest_first: bool) -> None:
    balance, rows = ledger
    ends, running = {}, []
    for line, (day, amount) in enumerate(rows):
        balance += amount
        ends[day] = balance
        running.append(RunningRow(line, day, amount, balance))
    found, doubts = proven(running[::-1] if is_newest_first else running)[:2]
    if len(ends) > 1:  # within one day of two rows that cancel each other, both orders are sound
        assert {each.day: each.amount for each in found} == ends
        assert doubts == []


# OFX.


def ofx(balances: str, kind: str = "STMT") -> bytes:
    message = "CREDITCARD" if kind == "CCSTMT" else "BANK"
    return (
        f"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><{message}MSGSRSV1><{kind}TRNRS><{kind}RS><CURDEF>EUR"
        "<BANKACCTFROM><ACCTID>123456789</BANKACCTFROM><BANKTRANLIST>"
        "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-12.50<FITID>1<NAME>Shop</STMTTRN></BANKTRANLIST>"
        f"{balances}</{kind}RS></{kind}TRNRS></{message}MSGSRSV1></OFX>\n"
    ).encode()


LEDGER = "<LEDGERBAL><BALAMT>987,50<DTASOF>20260331235959[-5:EST]</LEDGERBAL>"
AVAILABLE = "<AVAILBAL><BALAMT>1987.50<DTASOF>20260331</AVAILBAL>"


@pytest.mark.parametrize(
    ("balances", "kind", "expected"),
    [
        (LEDGER + AVAILABLE, "STMT", [("2026-03-31", "987.50")]),
        (AVAILABLE, "STMT", [("2026-03-31", "1987.50")]),
        (AVAILABLE, "CCSTMT", []),
        ("<LEDGERBAL><BALAMT>-40.10<DTASOF>20260331</LEDGERBAL>", "CCSTMT", [("2026-03-31", "-40.10")]),
        ("<LEDGERBAL><BALAMT>lots<DTASOF>20260331</LEDGERBAL>", "STMT", []),
        ("<LEDGERBAL><BALAMT>1.00<DTASOF>20261399</LEDGERBAL>", "STMT", []),
        ("", "STMT", []),
    ],
)
def test_the_balance_of_an_ofx_has_the_day_that_the_bank_wrote(balances: str, kind: str, expected: Any) -> None:
    found = parse(ofx(balances, kind), "bank.ofx")
    assert len(found.rows) == 1
    assert said(found) == expected


# CAMT.


def bal(kind: str, day: str, amount: str, *, direction: str = "CRDT", sub: str = "") -> str:
    below = f"<SubTp><Cd>{sub}</Cd></SubTp>" if sub else ""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry>{below}</Tp><CdtLine><Amt Ccy="XXX">5</Amt></CdtLine>'
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def entry(day: str, amount: str, direction: str = "DBIT") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AddtlNtryInf>Entry</AddtlNtryInf></Ntry>"
    )


def camt(*statements: str) -> bytes:
    account = "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    parts = "".join(f"<Stmt>{account}{each}</Stmt>" for each in statements)
    head = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    return f"{head}<BkToCstmrStmt>{parts}</BkToCstmrStmt></Document>".encode()


@pytest.mark.parametrize(
    ("opening", "day", "expected"),
    [("OPBD", "2026-03-02", "2026-03-01"), ("OPBD", "2026-03-01", "2026-03-01"), ("PRCD", "2026-02-27", "2026-02-27")],
)
def test_a_camt_says_what_was_before_its_rows_and_after_them(opening: str, day: str, expected: str) -> None:
    """Some banks date the opening balance with the day that it opens, others with the day before."""
    rows = entry("2026-03-02", "12.50") + entry("2026-03-03", "2.00", "CRDT")
    file = camt(bal(opening, day, "100.00") + bal("CLBD", "2026-03-03", "89.50") + rows)
    found = parse(file, "bank.xml")
    assert said(found) == [(expected, "100.00"), ("2026-03-03", "89.50")]
    assert found.notes == []


def test_what_is_owed_is_below_zero_and_other_kinds_are_left_out() -> None:
    balances = bal("CLBD", "2026-03-03", "12.50", direction="DBIT") + bal("CLAV", "2026-03-03", "500.00")
    assert said(parse(camt(balances + entry("2026-03-02", "12.50")), "bank.xml")) == [("2026-03-03", "-12.50")]


def test_a_file_that_is_cut_is_named() -> None:
    file = camt(
        bal("OPBD", "2026-03-01", "100.00") + bal("CLBD", "2026-03-31", "80.00") + entry("2026-03-02", "12.50")
    )
    assert notes(parse(file, "bank.xml")) == [
        "The file begins with 100.00 and ends with 80.00, and its rows do not lead there. "
        "-7.50 is missing: it may be cut."
    ]


def test_a_statement_that_is_missing_between_two_is_named() -> None:
    first = bal("OPBD", "2026-03-01", "100.00") + bal("CLBD", "2026-03-31", "90.00") + entry("2026-03-02", "10.00")
    third = bal("OPBD", "2026-04-30", "70.00") + bal("CLBD", "2026-05-31", "65.00") + entry("2026-05-02", "5.00")
    for file in (camt(first, third), camt(third, first)):
        found = parse(file, "bank.xml")
        assert notes(found) == [
            "The file has 90.00 at the end of 31 Mar 2026 and goes on with 70.00 on 30 Apr 2026: a statement between "
            "them is missing."
        ]
        assert said(found) == [
            ("2026-03-01", "100.00"), ("2026-03-31", "90.00"), ("2026-04-30", "70.00"), ("2026-05-31", "65.00"),
        ]  # fmt: skip


def test_a_balance_in_the_middle_of_a_day_is_not_that_of_its_end() -> None:
    first = bal("OPBD", "2026-03-01", "100.00") + bal("CLBD", "2026-03-02", "90.00", sub="INTM")
    second = bal("OPBD", "2026-03-02", "90.00", sub="INTM") + bal("CLBD", "2026-03-02", "85.00")
    found = parse(camt(first + entry("2026-03-02", "10.00"), second + entry("2026-03-02", "5.00")), "bank.xml")
    assert said(found) == [("2026-03-01", "100.00"), ("2026-03-02", "85.00")]
    assert found.notes == []


# MT940.


def mt940(*lines: str) -> bytes:
    return "\n".join([":20:START", ":25:12030000/0000202051", ":28C:1/1", *lines, "-", ""]).encode()


def test_an_mt940_says_what_was_before_its_rows_and_after_them() -> None:
    file = mt940(":60F:C260301EUR100,00", ":61:2603020302D12,50NTRFX", ":86:Shop", ":62F:C260302EUR87,50")
    found = parse(file, "bank.sta")
    assert said(found) == [("2026-03-01", "100.00"), ("2026-03-02", "87.50")]
    assert found.notes == []


def test_pages_of_an_mt940_are_continued_within_a_day() -> None:
    first = mt940(":60F:C260301EUR100,00", ":61:2603020302D12,50NTRFX", ":86:Shop", ":62M:C260302EUR87,50")
    second = mt940(":60M:C260302EUR87,50", ":61:2603020302D7,50NTRFX", ":86:Shop", ":62F:C260302EUR80,00")
    found = parse(first + second, "bank.sta")
    assert said(found) == [("2026-03-01", "100.00"), ("2026-03-02", "80.00")]
    assert found.notes == []


def test_rows_that_could_not_be_read_are_named_with_what_is_missing() -> None:
    file = mt940(":60F:C260301EUR100,00", ":61:2603990302D12,50NTRFX", ":86:Shop", ":62F:C260302EUR87,50")
    assert notes(parse(file, "bank.sta")) == [
        "The file begins with 100.00 and ends with 87.50, and its rows do not lead there. "
        "-12.50 is missing, and 1 row could not be read."
    ]


def test_balances_beside_unreadable_rows_that_cancel_out_are_read() -> None:
    assert said(parse(fixture("giro.sta"), "giro.sta")) == [("2025-12-30", "100.00"), ("2026-01-05", "-458.30")]
