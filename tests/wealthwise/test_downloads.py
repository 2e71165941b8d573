"""Files for spreadsheets: what a person typed is never a formula, and a number stays a number."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.cells import harmless
from wealthwise.downloads import csv_response


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_what_begins_a_formula_is_quoted(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@given(st.text())
def test_no_text_begins_with_a_sign_afterwards(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert harmless(text).removeprefix("'").endswith(text.removeprefix("'"))


def test_a_file_has_its_kind_name_and_cells() -> None:
    row = ["=cmd|' /C calc'!A0", Decimal("-12.50"), 3, date(2026, 3, 1), None, 'a, "b"']
    answer = csv_response("März.csv", ["-Name", "Amount"], [row])
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%A4rz.csv"
    content = b"".join(answer).decode()
    assert content.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(content[1:]))) == [
        ["'-Name", "Amount"],
        ["'=cmd|' /C calc'!A0", "-12.50", "3", "2026-03-01", "", 'a, "b"'],
    ]
