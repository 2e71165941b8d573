"""docs/database.md names every index of the ledger, and nothing that is gone."""

import re
from pathlib import Path

from wealthwise.operations.plan.ledger import OTHERS, PLAN, PRIMARY, ServedBy

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "database.md").read_text()
NAMES = set(re.findall(r"`((?:idx|uq)_\w+|\w+_key|\w+_one_open|\w+_no_overlap|\w+_pkey)`", TEXT))


def test_every_index_is_described() -> None:
    wanted = {line.name for line in PLAN} | {other.name for other in OTHERS}
    wanted -= {key.name for key in PRIMARY if key.table != "transaction"}
    assert wanted - NAMES == set()
    assert NAMES - wanted == set()


def test_what_serves_a_line_is_told() -> None:
    for line in PLAN:
        if isinstance(line.how, ServedBy):
            row = next(row for row in TEXT.splitlines() if f"`{line.name}`" in row and row.startswith("| `idx"))
            assert row.endswith(f"| `{line.how.name}` |")
