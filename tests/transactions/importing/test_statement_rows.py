"""Single values, and the round trip of rows through a CSV of any layout."""

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transactions.importing.csv.guess import detect_layout
from transactions.importing.csv.headings import _ROLES, _WORDS, heading_words
from transactions.importing.csv.reader import parse_csv
from transactions.importing.formats.days import read_date
from transactions.importing.formats.rows import UnreadableValue
from transactions.importing.formats.text import clean_text, last_four, words_in
from transactions.importing.formats.values import decimal_style, read_amount, to_cents

D = Decimal


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("12.50", ".,", "12.50"), ("-12.50", ".,", "-12.50"), ("(12.50)", ".,", "-12.50"), ("12.50-", ".,", "-12.50"),
        ("\u221212.50", ".,", "-12.50"), ("1\u00a0234,56", ",.", "1234.56"), ("R 1,234.56", ".,", "1234.56"),
        ("€-3", ".,", "-3"),
        ("-R12.00", ".,", "-12"), ("$ (5)", ".,", "-5"), ("R (5.00)", ".,", "-5"), ("12.50 DR", ".,", "-12.50"),
        ("12.50CR", ".,", "12.50"), ("+1.234.567,89 EUR", ",.", "1234567.89"), ("1'234.50", ".,", "1234.50"),
        ("12,34,567.00", ".,", "1234567"), (".50", ".,", "0.50"), ("KSh 1,000", ".,", "1000"), ("5.", ".,", "5"),
    ],
)  # fmt: skip
def test_amounts(text, style, value):
    assert read_amount(text, *style) == D(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "12,50", "1,2345.00", "--5", "-5+", "1e5", "NaN", "9" * 41, "1 2.00"]
)
def test_amounts_that_are_refused(text):
    with pytest.raises(UnreadableValue):
        read_amount(text, ".", ",")


@pytest.mark.parametrize(
    ("values", "style"),
    [
        (["1,234.56", "5"], (".", ",")), (["1.234,56"], (",", ".")), (["12,50", "1.000"], (",", ".")),
        (["1.234"], (",", ".")), (["1,234"], (".", ",")), (["0.125"], (".", ",")), (["1 234,5"], (",", " ")),
        (["1.234.567"], (",", ".")), (["5", "x"], (".", ",")), (["1'000.00"], (".", "'")),
    ],
)  # fmt: skip
def test_decimal_style(values, style):
    assert decimal_style(values) == style


@pytest.mark.parametrize(
    ("value", "cents", "rounded"),
    [("1.005", "1.00", True), ("1.015", "1.02", True), ("-1.005", "-1.00", True), ("7", "7.00", False),
     ("9999999999.99", "9999999999.99", False)],
)  # fmt: skip
def test_cents_round_half_to_even(value, cents, rounded):
    assert to_cents(D(value)) == (D(cents), rounded)


@pytest.mark.parametrize("value", ["0", "0.005", "10000000000", "9999999999.991", "-1e39"])
def test_cents_out_of_bounds(value):
    with pytest.raises(UnreadableValue):
        to_cents(D(value))


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2026-03-04", "%Y-%m-%d"), ("4/3/2026", "%d/%m/%Y"), ("3/4/26", "%m/%d/%y"), ("4 mars 2026", "%d %b %Y"),
        ("4. März 2026", "%d. %b %Y"), ("04-MAR-26", "%d-%b-%y"), ("Mar 4, 2026", "%b %d %Y"), ("20260304", "%Y%m%d"),
        ("4 de marzo de 2026", "%d de %b de %Y"), ("2026-03-04T23:59:59Z", "%Y-%m-%d"), ("04032026", "%d%m%Y"),
    ],
)  # fmt: skip
def test_dates(text, date_format):
    assert read_date(text, date_format) == date(2026, 3, 4)


@pytest.mark.parametrize("text", ["", "2026-02-29", "2026-13-01", "0001-01-01", "2026-03-04 and more"])
def test_dates_that_are_refused(text):
    with pytest.raises(UnreadableValue):
        read_date(text, "%Y-%m-%d")


def test_text_and_account_numbers():
    assert clean_text(" a\tb\n\x00c\u202e\ud800  d ", 200) == "a b c d"
    assert clean_text("abc def", 4) == "abc"
    assert (last_four("NL00 BANK 0123"), last_four("1452687~7"), last_four("123")) == ("0123", "6877", "")


def test_no_heading_word_has_two_roles():
    listed = [heading_words(word) for words in _WORDS["headings"].values() for word in words_in(words)]
    assert len(_ROLES) == len(listed), [word for word, times in Counter(listed).items() if times > 1]


# --- the round trip ------------------------------------------------------------------------------------------

WORDS = st.text(alphabet="abcdefgh éüñç,;|\"'-()/.", min_size=3, max_size=30).map(lambda t: clean_text("Xy" + t, 200))
AMOUNTS = st.integers(-999_999_999, 999_999_999).filter(bool).map(lambda n: D(n) / 100)
ROWS = st.lists(st.tuples(st.dates(date(1990, 1, 1), date(2060, 12, 31)), AMOUNTS, WORDS), max_size=8)
# The first row settles the date order (day 31) and the decimal style; both signs occur.
SETTLED = [(date(2026, 1, 31), D("-1234.56"), "Rent and more"), (date(2026, 2, 1), D("12.50"), "Refund of it")]
HEADINGS = {"signed": ["Amount"], "in_out": ["Debit", "Credit"], "flagged": ["Amount", "Type"]}


def printed(amount, decimal, grouped):
    text = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    return text.translate(str.maketrans(",.", ".,")) if decimal == "," else text


def money_cells(amount, style, decimal, grouped):
    size = printed(abs(amount), decimal, grouped)
    if style == "in_out":
        return [size, ""] if amount < 0 else ["", size]
    return [size, "debit" if amount < 0 else "credit"] if style == "flagged" else [printed(amount, decimal, grouped)]


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    decimal=st.sampled_from(".,"),
    grouped=st.booleans(),
    style=st.sampled_from(sorted(HEADINGS)),
    date_format=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%Y%m%d"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    preamble=st.integers(0, 3),
)
def test_what_is_written_is_read(rows, delimiter, decimal, grouped, style, date_format, encoding, line_end, preamble):
    rows = SETTLED + rows
    out = io.StringIO()
    out.write(f"My bank says{line_end}" * preamble)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["Date", "Description", *HEADINGS[style]])
    for day, amount, text in rows:
        writer.writerow([day.strftime(date_format), text, *money_cells(amount, style, decimal, grouped)])
    data = out.getvalue().encode(encoding)
    statement = parse_csv(data, detect_layout(data))
    assert statement.errors == []
    assert [(row.booked_on, row.amount, row.description) for row in statement.rows] == rows
    assert [row.line for row in statement.rows] == [preamble + 2 + n for n in range(len(rows))]
