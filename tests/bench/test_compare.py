"""Two results by their ratios: what counts as worse, and the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.compare import WORSE, Change, changes, main, table
from tests.bench.results import figures, result

RATIOS = st.floats(0.1, 1_000)


def written(folder: Path, **results: dict[str, Any]) -> list[str]:
    paths = []
    for name, content in results.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content))
        paths.append(str(path))
    return paths


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (figures(10), figures(10), 0),
        (figures(10), figures(13), 0),
        (figures(10), figures(13.1), 1),
        (figures(10), figures(2), 0),
        (figures(10, p50=10), figures(10, p50=90), 0),  # a slower machine
        (figures(None, p50=10), figures(None, p50=90), 0),  # nothing to hold the clock against
        (figures(10, statements=3), figures(10, statements=4), 1),
        (figures(10, statements=4), figures(10, statements=3), 0),
    ],
)
def test_worse_is_a_higher_ratio_or_another_statement(
    before: dict[str, Any], after: dict[str, Any], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(written(tmp_path, before=result(list=before), after=result(list=after))) == code
    assert ("WORSE" in capsys.readouterr().out) == bool(code)


def test_errors_are_worse_whatever_the_time() -> None:
    failed = figures(1)
    failed["clients"]["16"]["errors"] = 2
    (change,) = changes(result(list=figures(10)), result(list=failed))
    assert change.is_worse
    assert change.complaints == ("2 errors",)
    assert "2 errors" in table([change])


def test_only_what_both_have_is_compared() -> None:
    found = list(changes(result(list=figures(), gone=figures()), result(list=figures(), new=figures())))
    assert [change.page for change in found] == ["List"]


@given(RATIOS, RATIOS)
def test_the_limit(before: float, after: float) -> None:
    change = Change("List", "10,000", before, after, is_judged=True)
    assert change.is_worse == (after / before > WORSE)
    assert not Change("List", "10,000", before, after, is_judged=False).is_worse
