"""Each promise of docs/threat-model.md names the tests that hold it, and they are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "docs/threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def functions_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """What a text names as a test and is none."""
    wrong = []
    for path, name in NAMED.findall(text):
        found = functions_in(ROOT / path) if (ROOT / path).is_file() else set()
        if not found or (name and name not in found) or (name and not name.startswith("test_")):
            wrong.append(f"{path}::{name}")
    return wrong


def promises() -> list[str]:
    """The rows of the tables below the heading of the promises."""
    text = MODEL.read_text().partition("## Promises")[2].partition("## What is not promised")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.startswith("| Promise")]


def test_every_promise_is_held_by_a_test_that_is_there() -> None:
    rows = promises()
    assert len(rows) > 30
    assert [row for row in rows if not NAMED.search(row.split("|")[3])] == []
    assert missing(MODEL.read_text()) == []


def test_the_check_can_fail() -> None:
    text = (
        "`tests/nowhere.py`, `tests/test_threat_model.py::test_of_nothing`, `tests/test_threat_model.py::functions_in`"
    )
    assert missing(text) == [
        "tests/nowhere.py::",
        "tests/test_threat_model.py::test_of_nothing",
        "tests/test_threat_model.py::functions_in",
    ]
