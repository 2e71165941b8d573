"""Files for spreadsheets: text never runs, numbers stay numbers, and a long file is sent in pieces."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.downloads import CHUNK, csv_response, harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]
)
def test_what_begins_a_formula_is_shown_and_not_run(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Shop", "1+1", " =1", "'=1", "é=1"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


@given(st.text())
def test_no_cell_begins_like_a_formula(text):
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert harmless(text).removeprefix("'") == text.removeprefix("'")


def content(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_a_file_has_its_name_and_its_cells():
    rows = [["=1+1", Decimal("-12.50"), date(2026, 3, 1), None, 7], ['a,"b"', Decimal(0), None, "line\nline", ""]]
    response = csv_response("list.csv", ["Text", "-Amount"], rows)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="list.csv"'
    assert "no-store" in response["Cache-Control"]
    assert list(csv.reader(io.StringIO(content(response), newline=""))) == [
        ["Text", "'-Amount"],
        ["'=1+1", "-12.50", "2026-03-01", "", "7"],
        ['a,"b"', "0", "", "line\nline", ""],
    ]


def test_a_name_cannot_end_its_own_header():
    assert csv_response('a"b.csv', [], [])["Content-Disposition"] == 'attachment; filename="a\\"b.csv"'
    assert "filename*=utf-8" in csv_response("März.csv", [], [])["Content-Disposition"]


def test_it_begins_before_all_rows_are_read():
    taken = []

    def rows():
        for number in range(20_000):
            taken.append(number)
            yield [f"Row {number}", number]

    response = csv_response("long.csv", ["Row", "Number"], rows())
    assert taken == []
    first = next(iter(response.streaming_content))
    assert len(first) < CHUNK * 2
    assert len(taken) < 10_000
    assert first.startswith(b"\xef\xbb\xbfRow,Number\r\nRow 0,0\r\n")
