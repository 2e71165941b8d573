"""Every file of `cases` reads right without help, or is doubted as it must be; none is wrong in silence."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from accounts.models import Account, User
from transactions.importing.csv.guess import Given, detect_layout
from transactions.importing.csv.reader import parse_csv
from transactions.importing.detect import Meant, kind_of, parse_kind
from transactions.importing.formats.rows import Statement, StatementError
from transactions.importing.preview import doubts

CASES: Final = Path(__file__).parent / "cases"
IDS: Final = sorted(path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json"))
TODAY: Final = date(2026, 11, 28)
AMBIGUOUS: Final = "The dates of this file could be day/month or month/day."


def read(case: str, account_type: str) -> tuple[Statement, list[str]]:
    """What a file says with all that is proposed, and every doubt about it."""
    path = next(path for path in CASES.glob(f"{case}.*") if path.suffix != ".json")
    data, is_card = path.read_bytes(), account_type == Account.Type.CREDIT
    kind, said = kind_of(path.name, data), list[str]()
    if kind == "csv":
        layout = detect_layout(data, given=Given(is_card=is_card, today=TODAY))
        said += [AMBIGUOUS] if layout.ambiguous_dates else []
        found = parse_csv(data, layout)
    else:
        found = parse_kind(kind, data, meant=Meant(is_card=is_card))
    account = Account(name="Main", account_type=account_type)
    notes = [*doubts(account, User(currency=found.currency or "EUR"), found), *found.notes]
    return found, [*said, *(note.text for note in notes)]


def as_expected(found: Statement, rows: list[list[str]]) -> bool:
    """Whether each expected row is there once, with its text, and no other."""
    left = list(found.rows)
    for day, amount, text in rows:
        match = next(
            (
                row
                for row in left
                if (row.booked_on.isoformat(), row.amount) == (day, Decimal(amount))
                and (row.description.startswith(text[1:]) if text.startswith("^") else text in row.description)
            ),
            None,
        )
        if match is None:
            return False
        left.remove(match)
    return not left


@pytest.mark.parametrize("case", IDS)
def test_a_file_reads_right_or_is_doubted(case: str) -> None:
    expected: dict[str, Any] = json.loads((CASES / f"{case}.expected.json").read_text())
    refusal = expected.get("refused") or expected.get("asked")
    if refusal:
        with pytest.raises(StatementError, match=refusal):
            read(case, expected["account"])
        return
    found, said = read(case, expected["account"])
    shown = [(row.booked_on.isoformat(), str(row.amount), row.description) for row in found.rows]
    if expected["rows"] is not None:
        assert as_expected(found, expected["rows"]), (shown, [error.reason for error in found.errors])
    if expected["errors"] is not None:
        assert len(found.errors) == expected["errors"], found.errors
    if warn := expected.get("warn"):
        assert any(re.search(warn, text, re.IGNORECASE) for text in said), said


def test_the_cases_are_whole() -> None:
    files = [path for path in CASES.iterdir() if path.suffix not in {".json", ".md"}]
    assert sorted(path.stem for path in files) == IDS
    assert sum(case.startswith("bank-") for case in IDS) >= 80
