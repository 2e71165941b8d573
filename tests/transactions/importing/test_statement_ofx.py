"""OFX 1 and 2: exact rows, and the slips of real banks."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from transactions.importing.formats.ofx import parse_ofx
from transactions.importing.formats.rows import StatementError

FIXTURES = Path(__file__).parent / "fixtures"
D = Decimal


def bank(transactions, account="123456789", currency="USD"):
    return (
        f"<STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>{account}</BANKACCTFROM>"
        f"<BANKTRANLIST>{transactions}</BANKTRANLIST></STMTRS>"
    )


def ofx(*statements):
    return f"OFXHEADER:100\n\n<OFX><BANKMSGSRSV1>{''.join(statements)}</BANKMSGSRSV1></OFX>".encode()


def one(amount="-1.00", day="20260301", name="<NAME>Tea"):
    return f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>1{name}</STMTTRN>"


def test_a_card_in_sgml_with_slips():
    statement = parse_ofx((FIXTURES / "card.ofx").read_bytes())
    assert [(r.line, r.booked_on, r.amount, r.description, r.comment, r.bank_id) for r in statement.rows] == [
        (1, date(2026, 3, 2), D("-42.50"), "Fynbos & Daughters Coffee House, Long Street", "", "A1"),
        (2, date(2026, 3, 3), D("1250.12"), "Refund & thanks", "Order 77", "A2"),
        (4, date(2026, 3, 5), D("-18.75"), "Check 0012", "", "A4"),
    ]
    assert [(e.line, e.reason) for e in statement.errors] == [
        (3, '"20260399" is not a day of the calendar.'),
        (5, "The amount is in EUR, the account in ZAR."),
    ]
    assert [n.text for n in statement.notes] == ["The amount 1250.125 was rounded to 1250.12."]
    assert (statement.account_hint, statement.currency) == ("3456", "ZAR")


def test_savings_in_xml():
    statement = parse_ofx((FIXTURES / "savings.xml.ofx").read_bytes())
    row = statement.rows[0]
    assert (row.booked_on, row.amount, row.description) == (date(2026, 1, 31), D("3.07"), "Rente <2026> & meer")
    assert "zero" in statement.errors[0].reason
    assert statement.errors[0].text.endswith("Café")
    assert (statement.account_hint, statement.currency) == ("6789", "EUR")


def test_cash_of_an_investment_account():
    cash = f"<INVBANKTRAN>{one('-00000000000197.1220')}<SUBACCTFUND>CASH</INVBANKTRAN>"
    trade = "<BUYSTOCK><INVBUY><TOTAL>-5</INVBUY></BUYSTOCK>"
    body = f"<INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>X0000001</INVACCTFROM>{trade}{cash}</INVSTMTRS>"
    statement = parse_ofx(ofx(body))
    assert statement.rows[0].amount == D("-197.12")
    assert [n.line for n in statement.notes] == [0, 1]
    assert statement.account_hint == "0001"


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("<NAME>A < B", "A < B"),
        ("<NAME>One<br>two</NAME>", "One<br>two"),
        ("<NAME></NAME><MEMO>Only memo", "Only memo"),
        ("<PAYEE><NAME>Nested<CITY>Paarl</PAYEE>", "Nested"),
        ("<NAME><MEMO>Unclosed", "Unclosed"),
        ("<NAME>Tea<!-- note --></NAME>", "Tea"),
        ("<NAME>Bell\x07 &#0;\u202etext", "Bell \ufffd text"),
        ("", "Debit"),
        ("<NAME>" + "n" * 300, "n" * 200),
    ],
)
def test_names_of_real_banks(name, description):
    rows = parse_ofx(ofx(bank(one(name=name) + one(name="<NAME>Next")))).rows
    assert [row.description for row in rows] == [description, "Next"]


def test_several_accounts_need_a_choice():
    data = ofx(bank(one(), "1111111111"), bank(one("-2.00"), "2222222222"), bank("", "3333333333"))
    with pytest.raises(StatementError, match=r"\.\.\.1111, \.\.\.2222"):
        parse_ofx(data)
    statement = parse_ofx(data, account_hint="2222")
    assert [(row.line, row.amount) for row in statement.rows] == [(2, D("-2.00"))]


def test_two_statements_of_one_account_are_one():
    statement = parse_ofx(ofx(bank(one()), bank(one("-2.00"))))
    assert [row.line for row in statement.rows] == [1, 2]


def test_a_statement_without_transactions_is_empty():
    assert parse_ofx(ofx(bank(""))).rows == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hello", "no <OFX>"),
        (b"<OFX></OFX>", "no bank"),
        (b"<OFX><STATUS><CODE>2000<SEVERITY>ERROR</STATUS></OFX>", "error message"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><OFX></OFX>', "entities"),
        (b"<OFX></A></B></C><STMTRS></OFX>", "damaged|no bank"),
    ],
)
def test_files_that_cannot_be_read(data, reason):
    with pytest.raises(StatementError, match=reason):
        parse_ofx(data)


def test_lower_case_and_utf_16():
    text = ofx(bank(one())).decode()
    assert parse_ofx(text.encode("utf-16")).rows[0].description == "Tea"
    assert parse_ofx(text.replace("<", "\n<").replace("OFX>", "ofx>").encode()).rows[0].description == "Tea"


def test_a_file_cut_off_in_the_middle_is_refused():
    data = ofx(bank(one() + one("-2.00"))).partition(b"</STMTTRN></BANKTRANLIST>")[0]
    with pytest.raises(StatementError, match="cut off"):
        parse_ofx(data)
