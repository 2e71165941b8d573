"""Text that spreadsheets must not take for a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.core.downloads import STARTS_A_FORMULA, harmless


@pytest.mark.parametrize("text", ["=1+1", "+27", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_becomes_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Corner shop", "1-2", "a=b", " =1", "'=1"])
def test_other_text_stays(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_nothing_starts_a_formula_and_nothing_is_lost(text: str) -> None:
    assert not harmless(text).startswith(STARTS_A_FORMULA)
    assert harmless(text) in (text, "'" + text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_csv_reads_it_back(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([harmless(text), "next"])
    file.seek(0)
    assert next(csv.reader(file)) == [harmless(text), "next"]
