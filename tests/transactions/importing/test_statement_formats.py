"""QIF, CAMT and MT940: exact rows, what banks get wrong, and files that want to do harm."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import COSTLY
from tests.transactions.importing.helpers import fixture
from tests.transactions.importing.test_statement_detect import read_or_refuse
from transactions.importing.detect import Meant, kind_of, parse
from transactions.importing.formats.camt import parse_camt
from transactions.importing.formats.mt940 import parse_mt940
from transactions.importing.formats.qif import DayOrder, day_order, parse_qif
from transactions.importing.formats.rows import Statement, StatementError

D = Decimal


def listed(statement: Statement) -> list[tuple[Any, ...]]:
    return [(row.line, row.booked_on, row.amount, row.description, row.comment, row.bank_id) for row in statement.rows]


def reasons(statement: Statement) -> list[tuple[int, str]]:
    return [(error.line, error.reason) for error in statement.errors]


# QIF


def test_a_qif_with_lists_splits_and_slips() -> None:
    statement = parse_qif(fixture("everyday.qif"))
    assert listed(statement) == [
        (25, date(2026, 3, 14), D("-1250.50"), "Garden Centre", "Two apple trees", ""),
        (35, date(2026, 3, 14), D("-3.20"), "Coffee", "", ""),
        (39, date(2026, 3, 14), D("-3.20"), "Coffee", "", ""),
        (43, date(2026, 3, 15), D("-40.00"), "Check 1042", "", ""),
        (55, date(2026, 3, 17), D("2000.00"), "Salary", "", ""),
    ]
    assert reasons(statement) == [
        (47, '"45/13/2026" is not a day of the calendar.'),
        (51, '"much" is not an amount.'),
    ]
    assert [note.text for note in statement.notes] == [
        "Investment entries left out, as only movements of cash are imported: 1.",
        "The opening balance of 100.00 was left out: the account has its own.",
    ]


def qif(*records: str, head: str = "!Type:Bank") -> bytes:
    return "\n".join([head, *("\n".join([*record.split("|"), "^"]) for record in records), ""]).encode()


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["03/24/2026", "01/02/2026"], DayOrder(day_first=False, is_ambiguous=False)),
        (["24/03/2026", "01/02/2026"], DayOrder(day_first=True, is_ambiguous=False)),
        (["01/02/2026"], DayOrder(day_first=False, is_ambiguous=True)),
        (["02/02/2026", "2/2'26"], DayOrder(day_first=False, is_ambiguous=False)),
        (["2026-02-01"], DayOrder(day_first=False, is_ambiguous=False)),
        ([], DayOrder(day_first=False, is_ambiguous=False)),
    ],
)
def test_the_file_tells_whether_days_stand_first(days: list[str], order: DayOrder) -> None:
    assert day_order(qif(*[f"D{day}|T1" for day in days])) == order


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("3/4/2026", False, date(2026, 3, 4)),
        ("3/4/2026", True, date(2026, 4, 3)),
        ("3/ 4'05", False, date(2005, 3, 4)),
        ("3/4/95", False, date(1995, 3, 4)),
        ("3/4'95", False, date(2095, 3, 4)),
        ("31.12.26", True, date(2026, 12, 31)),
        ("2026-12-31", True, date(2026, 12, 31)),
    ],
)
def test_days_as_programs_write_them(text: str, day_first: bool, day: date) -> None:
    assert parse_qif(qif(f"D{text}|T1.00|PTea"), day_first=day_first).rows[0].booked_on == day


@pytest.mark.parametrize(
    ("amounts", "read"),
    [
        (["1,234.56", "-2,000"], [D("1234.56"), D("-2000.00")]),
        (["1.234,56", "-2.000"], [D("1234.56"), D("-2000.00")]),
        (["-0.01"], [D("-0.01")]),
    ],
)
def test_amounts_in_the_style_of_the_file(amounts: list[str], read: list[Decimal]) -> None:
    statement = parse_qif(qif(*[f"D2026-01-01|T{amount}|PTea" for amount in amounts]))
    assert [row.amount for row in statement.rows] == read


def test_the_account_of_that_name_is_read_from_a_file_of_several() -> None:
    data = b"".join(
        qif(f"D2026-01-0{n}|T{n}.00|P{name}", head=f"!Account\nN{name}\nTBank\n^\n!Type:Bank")
        for n, name in enumerate(["Cash", "Everyday"], start=1)
    )
    with pytest.raises(StatementError, match=r"several accounts \(Cash, Everyday\)"):
        parse_qif(data)
    assert [row.description for row in parse(data, "a.qif", meant=Meant(name="EVERYDAY ")).rows] == ["Everyday"]


def test_a_qif_that_was_cut_off_says_so_and_keeps_the_rest() -> None:
    whole = qif("D2026-01-01|T10.00|PTea", "D2026-01-02|T4500.00|PRent")
    for end in (whole.index(b"00.00|") if b"00.00|" in whole else -12, -3):
        statement = parse_qif(whole[:end])
        assert [row.description for row in statement.rows] == ["Tea"]
        assert [reason for _, reason in reasons(statement)] == ["The file ends in the middle of this transaction."]


# CAMT


def test_a_camt_file() -> None:
    statement = parse_camt(fixture("giro.xml"))
    assert listed(statement) == [
        (1, date(2026, 3, 2), D("-850.00"), "Hausverwaltung Süd & Söhne", "Miete März 2026", "R-1"),
        (2, date(2026, 3, 3), D("300.00"), "Erste Kundin and 1 more", "", ""),
        (3, date(2026, 3, 4), D("-2.50"), "Entgelt", "", ""),
    ]
    assert reasons(statement) == [
        (4, "The amount is in USD, the account in EUR."),
        (5, "The entry does not say whether it is a debit or a credit."),
    ]
    assert [note.text for note in statement.notes] == [
        "Entries left out because they are not booked yet: 1. Import them later."
    ]
    assert (statement.account_hint, statement.currency) == ("2051", "EUR")


def camt(*entries: str, number: str = "DE02120300000000202051", head: str = "") -> str:
    account = f"<Acct><Id><IBAN>{number}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    stated = f"<Stmt>{account}{''.join(entries)}</Stmt>"
    return f'{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">{stated}</Document>'


def entry(amount: str = "1.00", text: str = "Tea", way: str = "DBIT") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><BookgDt><Dt>2026-03-01</Dt></BookgDt>'
        f"<AddtlNtryInf>{text}</AddtlNtryInf></Ntry>"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_camt_in_any_encoding_whatever_it_declares(encoding: str) -> None:
    for declared in ("UTF-8", "ISO-8859-1", "UTF-16"):
        head = f'<?xml version="1.0" encoding="{declared}"?>\n'
        data = camt(entry(text="Bäckerei"), head=head).encode(encoding)
        assert parse(data, "a.xml").rows[0].description == "Bäckerei"


def test_several_camt_accounts_need_a_choice() -> None:
    data = camt(entry()).replace("</Document>", camt(entry("2.00"), number="DE99").partition(">")[2]).encode()
    with pytest.raises(StatementError, match="several accounts"):
        parse_camt(data)
    assert [row.amount for row in parse_camt(data, account_hint="2051").rows] == [D("-1.00")]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (camt(entry(text="&b;"), head=LAUGHS), "document type"),
        (camt(entry(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "document type"),
        (camt(entry(text="&nbsp;")), "damaged"),
        (camt(entry())[:-20], "cut off"),
        (camt(entry()).partition("</Ntry>")[0], "cut off"),
        ("<Document>camt.053" + "<a>" * 100, "nested"),
        ("<Document>camt.053</Document>", "no bank statement"),
        ("<camt.053", "damaged"),
        ('<?xml version="1.0" camt.053', "damaged"),
    ],
)
def test_camt_files_that_cannot_be_read(data: str, reason: str) -> None:
    with pytest.raises(StatementError, match=reason):
        parse(data.encode(), "a.xml")


# MT940


def test_an_mt940_file() -> None:
    statement = parse_mt940(fixture("giro.sta"))
    assert listed(statement) == [
        (6, date(2026, 1, 2), D("-850.00"), "HAUSVERWALTUNG SUED", "MIETE JANUAR 2026", "B-1"),
        (10, date(2026, 1, 3), D("300.50"), "REFUND ORDER 77 SECOND LINE", "", ""),
        (13, date(2026, 1, 4), D("-12.00"), "RETURNED TRANSFER", "", ""),
        (15, date(2026, 1, 5), D("3.20"), "RETOURE", "", "B-2"),
    ]
    assert reasons(statement) == [
        (17, '"20260199" is not a day of the calendar.'),
        (19, "This is not a booking as MT940 writes it."),
    ]
    assert (statement.account_hint, statement.currency) == ("2051", "EUR")


def test_an_mt940_of_several_days_is_one_account_and_of_several_accounts_a_question() -> None:
    day = ":20:A\n:25:1/0000202051\n:60F:C260101EUR1,\n:61:2601010101C1,00NTRFX\n:86:ONE\n:62F:C260101EUR2,\n-\n"
    other = day.replace("202051", "999999")
    assert [row.line for row in parse_mt940((day + day).encode()).rows] == [4, 11]
    with pytest.raises(StatementError, match=r"\.\.\.2051, \.\.\.9999"):
        parse_mt940((day + other).encode())
    assert len(parse_mt940((day + other).encode(), account_hint="9999").rows) == 1


def test_an_mt940_that_was_cut_off_says_so() -> None:
    text = fixture("giro.sta").decode()
    statement = parse_mt940(text.partition("300,5")[0].encode() + b"30")
    assert [row.amount for row in statement.rows] == [D("-850.00")]
    assert [reason for _, reason in reasons(statement)] == ["The file ends in the middle of this booking."]


def test_the_booking_day_can_be_in_the_year_before() -> None:
    text = ":20:A\n:25:1\n:61:2601021230C1,00NTRFX\n:86:X\n:62F:C260102EUR1,\n"
    assert parse_mt940(text.encode()).rows[0].booked_on == date(2025, 12, 30)


def test_no_statement_is_told() -> None:
    with pytest.raises(StatementError, match="no statement"):
        parse_mt940(b":61:2601010101C1,00NTRFX\n")


# Whatever is written is read back


WORDS = (
    st.text("abcdefghij ÄÖß&<>'\"?-", min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(bool)
)
ROWS = st.lists(
    st.tuples(
        st.dates(date(1971, 1, 1), date(2069, 12, 31)),
        st.decimals("-9999999999.99", "9999999999.99", places=2).filter(bool),
        WORDS,
    ),
    min_size=1,
    max_size=12,
)


def as_qif(rows: list[tuple[date, Decimal, str]]) -> bytes:
    return qif(*[f"D{day:%Y-%m-%d}|T{amount:,.2f}|P{text}" for day, amount, text in rows])


def as_camt(rows: list[tuple[date, Decimal, str]]) -> bytes:
    from xml.sax.saxutils import escape

    entries = [
        f'<Ntry><Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{"CRDT" if amount > 0 else "DBIT"}</CdtDbtInd>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AddtlNtryInf>{escape(text)}</AddtlNtryInf></Ntry>"
        for day, amount, text in rows
    ]
    return camt(*entries).encode()


def as_mt940(rows: list[tuple[date, Decimal, str]]) -> bytes:
    bookings = [
        f":61:{day:%y%m%d%m%d}{'C' if amount > 0 else 'D'}{abs(amount):.2f}NTRFX\n:86:{text}".replace(".", ",", 1)
        for day, amount, text in rows
    ]
    return "\n".join([":20:A", ":25:1", *bookings, ":62F:C260101EUR1,", "-"]).encode()


@pytest.mark.parametrize("write", [as_qif, as_camt, as_mt940])
@COSTLY
@given(rows=ROWS)
def test_rows_come_back_as_they_were(write: Callable[..., bytes], rows: list[tuple[date, Decimal, str]]) -> None:
    statement = parse(write(rows), "statement")
    assert statement.errors == []
    assert [(row.booked_on, row.amount, row.description) for row in statement.rows] == rows


@pytest.mark.parametrize(
    "piece",
    [b"^\n", b"D1/1/26\nT1\n^\n", b"!Type:Bank\n", b"!Account\n", b"P\n", b":61:\n:86:\n", b":20:A\n", b"?20",
     b"-}\n{4:",
     b"<Ntry>", b"<Ntry></Ntry>", b"<a>1</a>", b"<Stmt/>", b"&amp;", b"\x00\xff"],
)  # fmt: skip
@pytest.mark.parametrize("head", [b"!Type:Bank\n", b":20:A\n:25:B\n", b"<Document>camt.053<Stmt><Ntry>"])
def test_ten_megabytes_of_junk_are_told_in_a_sentence(head: bytes, piece: bytes) -> None:
    data = head + piece * ((10 * 1024 * 1024 - len(head)) // len(piece) // 8)  # an eighth: time grows in a line
    outcome = read_or_refuse(parse, data, "junk")
    sentences = [outcome] if isinstance(outcome, str) else [error.reason for error in outcome.errors]
    assert all(sentence.endswith(".") for sentence in sentences)


def test_kinds_are_known_by_content() -> None:
    assert [kind_of("x", fixture(name)) for name in ("everyday.qif", "giro.xml", "giro.sta")] == [
        "qif",
        "camt",
        "mt940",
    ]
