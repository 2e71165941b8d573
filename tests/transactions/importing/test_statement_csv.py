"""Layouts of many banks: what is detected, and the exact rows that come out."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from transactions.importing.csv import guess, records
from transactions.importing.csv.guess import detect_layout
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reader import parse_csv
from transactions.importing.csv.records import column_names, sample_rows
from transactions.importing.formats import rows
from transactions.importing.formats.rows import StatementError

D = Decimal


def read(text, encoding="utf-8"):
    data = text.encode(encoding)
    return parse_csv(data, detect_layout(data))


def plain(statement):
    assert statement.errors == []
    return [(row.booked_on.isoformat(), str(row.amount), row.description) for row in statement.rows]


TWO = [("2026-03-25", "-1234.56", "Rent"), ("2026-03-26", "12.50", "Refund")]

LAYOUTS = {
    "signed, ISO": "Date,Description,Amount\n2026-03-25,Rent,-1234.56\n2026-03-26,Refund,12.50\n",
    "CR line ends": "Date,Description,Amount\r2026-03-25,Rent,-1234.56\r2026-03-26,Refund,12.50\r",
    "CRLF and blank lines": "Date,Description,Amount\r\n\r\n2026-03-25,Rent,-1234.56\r\n\r\n2026-03-26,Refund,12.50",
    "German": "Buchungstag;Verwendungszweck;Betrag (EUR)\n25.03.2026;Rent;-1.234,56\n26.03.2026;Refund;12,50\n",
    "German, Soll/Haben": (
        "Buchungstag;Text;Soll;Haben;Saldo\n25.03.26;Rent;1.234,56;;0,00\n26.03.26;Refund;;12,50;12,50\n"
    ),
    "German, S/H mark": "Datum;Empfänger;Umsatz;Soll/Haben\n25.03.2026;Rent;1.234,56;S\n26.03.2026;Refund;12,50;H\n",
    "French": "Date opération;Libellé;Débit;Crédit\n25/03/2026;Rent;-1 234,56;\n26/03/2026;Refund;;12,50\n",
    "French, no-break spaces": (
        "Date;Libellé;Montant\n25/03/2026;Rent;-1\u202f234,56\u00a0€\n26/03/2026;Refund;12,50\u00a0€\n"
    ),
    "Spanish": "Fecha;Concepto;Importe;Saldo\n25 mar 2026;Rent;-1.234,56;1,00\n26 mar 2026;Refund;12,50;13,50\n",
    "Portuguese": 'Data,Histórico,Valor\n25/03/2026,Rent,"-1.234,56"\n26/03/2026,Refund,"12,50"\n',
    "Dutch, Af Bij": (
        "Datum;Naam / Omschrijving;Af Bij;Bedrag (EUR)\n20260325;Rent;Af;1234,56\n20260326;Refund;Bij;12,50\n"
    ),
    "South African rand": 'Date,Description,Amount\n25 Mar 2026,Rent,"R -1,234.56"\n26 Mar 2026,Refund,"R 12.50"\n',
    "brackets": "Date|Details|Amount\n25-Mar-26|Rent|(1,234.56)\n26-Mar-26|Refund|12.50\n",
    "trailing minus": "Date\tPayee\tAmount\n25/03/2026\tRent\t1,234.56-\n26/03/2026\tRefund\t12.50\n",
    "DR and CR behind the amount": "Date,Narration,Amount\n25/03/2026,Rent,1234.56 DR\n26/03/2026,Refund,12.50 CR\n",
    "Swiss apostrophe": "Date;Description;Amount\n25.03.2026;Rent;-1'234.56\n26.03.2026;Refund;12.50\n",
    "Indian grouping": (
        'Date,Narration,Withdrawal Amount,Deposit Amount\n25/03/26,Rent,"1,234.56",\n26/03/26,Refund,,12.50\n'
    ),
    "month first": "Posting Date,Description,Amount,Type\n03/25/2026,Rent,-1234.56,ACH\n03/26/2026,Refund,12.50,ACH\n",
    "time of day": (
        "Started Date,Description,Amount\n2026-03-25 23:59:01,Rent,-1234.56\n2026-03-26T00:10:00Z,Refund,12.50\n"
    ),
    "preamble": (
        "My Bank\n"
        "Account;12345678\n"
        "Balance;1,00\n"
        "\n"
        "Date;Description;Amount\n"
        "2026-03-25;Rent;-1234,56\n"
        "2026-03-26;Refund;12,50\n"
    ),
    "sep line": "sep=;\nDate;Description;Amount\n2026-03-25;Rent;-1234,56\n2026-03-26;Refund;12,50\n",
    "no heading": "25/03/2026,Rent,-1234.56,500.00\n26/03/2026,Refund,12.50,512.50\n",
    "no heading, in and out": "2026-03-25,Rent,1234.56,\n2026-03-26,Refund,,12.50\n",
    "totals and remarks": (
        "Date,Description,Amount\n"
        "Exported yesterday\n"
        "2026-03-25,Rent,-1234.56\n"
        "2026-03-26,Refund,12.50\n"
        ",Total,-1222.06\n"
        "Closing balance,,88.00\n"
    ),
    "heading repeated": (
        "Date,Description,Amount\n2026-03-25,Rent,-1234.56\nDate,Description,Amount\n2026-03-26,Refund,12.50\n"
    ),
    "debit column before the amount is used": (
        "Date,Description,Debit,Credit,Balance\n2026-03-25,Rent,1234.56,0.00,5\n2026-03-26,Refund,0.00,12.50,17.5\n"
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_many_layouts_give_the_same_rows(name, encoding):
    assert plain(read(LAYOUTS[name], encoding)) == TWO


@pytest.mark.parametrize("name", [n for n in LAYOUTS if n != "French, no-break spaces"])
def test_many_layouts_in_a_western_code_page(name):
    assert plain(read(LAYOUTS[name], "cp1252")) == TWO


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_survives_json(name):
    layout = detect_layout(LAYOUTS[name].encode())
    assert CsvLayout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout


def test_debit_words_and_the_main_description():
    text = (
        "Date,Description,Original Description,Amount,Transaction Type,Account Name,Notes\r"
        '6/12/15,Move to savings,Account Transfer,"1,000.00",debit,Everyday,rainy day\r'
        '6/15/15,Salary,ACME PAYROLL,"2,500.00",credit,Everyday,\r'
    )
    layout = detect_layout(text.encode())
    assert (layout.date_format, layout.ambiguous_dates, layout.amount_style) == ("%m/%d/%y", False, "flagged")
    first, second = read(text).rows
    assert (first.booked_on, first.amount, first.description, first.comment) == (
        date(2015, 6, 12), D("-1000.00"), "Move to savings", "rainy day",
    )  # fmt: skip
    assert (first.line, second.line, second.amount) == (2, 3, D("2500.00"))


@pytest.mark.parametrize(
    ("dates", "heading", "expected", "ambiguous"),
    [
        (["01/02/2026", "03/04/2026"], "Amount", "%d/%m/%Y", True),
        (["01/02/2026", "03/04/2026"], "Amount (USD)", "%m/%d/%Y", True),
        (["01/02/2026", "03/13/2026"], "Amount", "%m/%d/%Y", False),
        (["01/02/2026", "13/03/2026"], "Amount (USD)", "%d/%m/%Y", False),
        (["05/05/2026", "06/06/2026"], "Amount", "%d/%m/%Y", False),
        (["01/05/2026", "02/01/2026", "02/03/2026"], "Amount", "%m/%d/%Y", True),
        (["01.02.2026", "03.04.2026"], "Amount (USD)", "%d.%m.%Y", False),
    ],
)
def test_day_and_month(dates, heading, expected, ambiguous):
    text = f"Date,Description,{heading}\n" + "".join(f"{day},Shop,-1.00\n" for day in dates)
    layout = detect_layout(text.encode())
    assert (layout.date_format, layout.ambiguous_dates) == (expected, ambiguous)


def test_bad_rows_are_listed_and_the_good_ones_stay():
    text = (
        "Date,Description,Amount\n"
        "2026-03-01,Coffee,-3.50\n"
        "2026-02-30,Impossible,-1.00\n"
        '2026-03-02,"Two\nlines",-2.00\n'
        "pending,Later,-4.00\n"
        "2026-03-03,Words,lots\n"
        "2026-03-04,Nothing,0.00\n"
        "2026-03-05,No amount,\n"
        "2026-03-06,Comma, unquoted,-5.00\n"
        ",Nameless,-6.00\n"
        '2026-03-07,A 5" pipe,-7.005\n'
        "2026-03-08,,-8.00\n"
    )
    statement = read(text)
    assert [(row.line, row.description, row.amount) for row in statement.rows] == [
        (2, "Coffee", D("-3.50")), (4, "Two lines", D("-2.00")), (12, 'A 5" pipe', D("-7.00")),
        (13, "No description", D("-8.00")),
    ]  # fmt: skip
    assert [(error.line, error.reason) for error in statement.errors] == [
        (3, '"2026-02-30" is not a day of the calendar.'),
        (6, '"pending" is not a date written as year-month-day.'),
        (7, '"lots" is not an amount.'),
        (8, "The amount is zero, so there is nothing to record."),
        (9, "The row has no amount."),
        (10, "The row has 4 columns where 3 were expected."),
        (11, "The row has no date."),
    ]
    assert statement.errors[0].text == "2026-02-30,Impossible,-1.00"
    assert [(note.line, note.text) for note in statement.notes] == [(12, "The amount -7.005 was rounded to -7.00.")]


def test_a_wrong_delimiter_is_not_silent():
    data = b"Date;Description;Amount\n2026-03-01;Coffee;-3,50\n"
    statement = parse_csv(data, CsvLayout(delimiter=",", description_columns=(1,), amount_column=2))
    assert statement.rows == []
    assert [error.line for error in statement.errors] == [2]


def test_inverted_card_and_remembered_decimals():
    layout = CsvLayout(description_columns=(1,), amount_column=2, invert=True)
    data = b'Date,Description,Amount\n2026-03-01,Shoes,80.00\n2026-03-02,Payment,-100.00\n2026-03-03,Bad,"12,50"\n'
    statement = parse_csv(data, layout)
    assert [row.amount for row in statement.rows] == [D("-80.00"), D("100.00")]
    assert "does not fit" in statement.errors[0].reason


def test_both_columns_filled_and_unknown_words_are_errors():
    both = read("Date,Description,Debit,Credit\n2026-03-01,a,1.00,\n2026-03-02,b,,2.00\n2026-03-03,c,1.00,2.00\n")
    assert [error.reason for error in both.errors] == ["The row has both a debit and a credit."]
    layout = CsvLayout(description_columns=(1,), amount_style="flagged", amount_column=2, flag_column=3)
    words = parse_csv(b"Date,Description,Amount,Type\n2026-03-01,a,1.00,maybe\n", layout)
    assert words.errors[0].reason == '"maybe" does not say whether this is a debit or a credit.'


def test_account_and_currency_hints():
    statement = read("Account number,Date,Description,Amount,Currency\n12-3456 7890,2026-03-01,Tea,-2.00,zar\n")
    assert (statement.account_hint, statement.currency) == ("7890", "ZAR")
    assert read("Date,Description,Amount (GBP)\n2026-03-01,Tea,-2.00\n").currency == "GBP"


def test_the_configure_page_sees_columns_and_rows():
    data = b"Bank\nDate,,Amount\n2026-03-01,Tea,-2.00,x\n2026-03-02,Tea,-2.00\n"
    layout = CsvLayout(skip_lines=1, description_columns=(1,), amount_column=2)
    assert column_names(data, layout) == ["Date", "Column 2", "Amount", "Column 4"]
    assert sample_rows(data, layout, limit=1) == [["2026-03-01", "Tea", "-2.00", "x"]]


@pytest.mark.parametrize(
    "values",
    [
        {"delimiter": "x"}, {"encoding": "utf-7"}, {"date_format": "%c"}, {"date_column": -1}, {"amount_column": 100},
        {"amount_style": "odd"}, {"decimal_separator": ","}, {"skip_lines": "1"},
        {"description_columns": None}, {"description_columns": ["a"]},
        {"amount_style": []}, {"month_language": "xx"}, {"latest_day": "soon"}, {"out_words": [1]}, {"last_line": -1},
    ],
)  # fmt: skip
def test_a_layout_from_outside_is_checked(values):
    with pytest.raises(StatementError):
        CsvLayout.from_dict({"amount_column": 2, **values})


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"amount_column": None}, "the amount column"),
        ({"amount_style": "in_out"}, "the debit and the credit column"),
        ({"amount_style": "flagged", "flag_column": 1, "out_words": ()}, "which words"),
    ],
)
def test_a_file_is_not_read_before_its_columns_are_chosen(values, asked):
    layout = CsvLayout.from_dict({"amount_column": 2, **values})
    with pytest.raises(StatementError, match=f"Choose {asked}"):
        parse_csv(b"Date,Description,Amount\n2026-03-01,Tea,-2.00\n", layout)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b",,,\n,,\n", "no rows"),
        (b",".join([b"1"] * 101), "100 columns"),
        (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
    ],
)
def test_bounds(data, reason):
    with pytest.raises(StatementError, match=reason):
        detect_layout(data)


def test_reading_stops_at_so_many_rows(monkeypatch):
    assert rows.MAX_ROWS == 200_000
    for module in (records, guess):
        monkeypatch.setattr(module, "MAX_ROWS", 300)
    layout = CsvLayout(has_header=False, description_columns=(1,), amount_column=2)
    assert len(parse_csv(b"2026-03-01,a,1.00\n" * 300, layout).rows) == 300
    with pytest.raises(StatementError, match="more than 300 rows"):
        parse_csv(b"2026-03-01,a,1.00\n" * 301, layout)
    with pytest.raises(StatementError, match="more than 300 rows"):
        detect_layout(b"2026-03-01,a,1.00\n" * 362)


def test_a_file_in_another_encoding_than_remembered():
    with pytest.raises(StatementError, match="utf-8"):
        parse_csv("Date,Name,Amount\n2026-03-01,Café,1\n".encode("cp1252"), CsvLayout(amount_column=2))


FEES = b"Date,Text,Amount,Fee,Balance\n2026-03-02,Bread,-10.00,0.50,89.50\n2026-03-03,Oak,50.00,0,139.50\n"


def test_fees_are_in_their_rows_or_rows_of_their_own() -> None:
    layout = replace(detect_layout(FEES), fee_column=3, balance_column=4)
    within, beside = parse_csv(FEES, layout), parse_csv(FEES, replace(layout, fee_is_row=True))
    assert [(str(row.amount), row.description) for row in within.rows] == [("-10.50", "Bread"), ("50.00", "Oak")]
    assert [(str(row.amount), row.description, row.line) for row in beside.rows] == [
        ("-10.00", "Bread", 2), ("-0.50", "Fee: Bread", 2), ("50.00", "Oak", 3),
    ]  # fmt: skip
    assert within.proof == beside.proof == "The amounts agree with the bank's balance in all 2 rows."


def test_what_goes_on_below_a_row_is_of_the_booking_and_takes_nothing_from_it() -> None:
    data = b"Date,Text,Amount,Fee,Tag\n2026-03-02,Bread,-10.00,0.50,food\n,and cake,,,\n2026-03-03,Oak,5,,wood\n,,,,\n"
    layout = replace(detect_layout(data), fee_column=3, fee_is_row=True, tag_columns=(4,))
    assert [(row.description, str(row.amount), row.tags) for row in parse_csv(data, layout).rows] == [
        ("Bread and cake", "-10.00", "food"), ("Fee: Bread", "-0.50", ""), ("Oak", "5.00", "wood"),
    ]  # fmt: skip


def test_a_fee_makes_a_purchase_dearer_on_a_card_without_minus() -> None:
    data = b"Date,Text,Amount,Fee\n2026-03-02,Bread,10.00,0.50\n2026-03-03,Paid,-50.00,0\n"
    layout = replace(detect_layout(data), fee_column=3, invert=True)
    assert [str(row.amount) for row in parse_csv(data, layout).rows] == ["-10.50", "50.00"]
