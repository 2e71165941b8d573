"""How the format grows: a file of any version that there was comes in as if it had the newest.

Whatever changes the file is a new version. Its upgrade turns a row of the version before into one of the new version,
while the file is read; docs/export-format.md has the steps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

from wealthwise.portability.export.json_reader import Piece, pieces

type Row = dict[str, Any]
type Upgrade = Callable[[str, Row], Row]

VERSION: Final = 2
# What an account of the first version says instead of a day before its first row, until all rows are there.
BEFORE_ALL: Final = "1900-01-01"


def with_defaults(fields: Mapping[str, Row]) -> Upgrade:
    """The upgrade for new fields: what rows of older files have there, by section (or "user") and key."""
    return lambda section, row: {**fields.get(section, {}), **row}


def _with_days(section: str, row: Row) -> Row:
    """The second version has days of transactions and balances, and how periods go on and what they carry over.

    The first wrote timestamps in the zone of their owner, so the day stands in them; it knew no rules.
    """
    if section == "accounts":
        balance, closed = row.pop("opening_balance", None), BEFORE_ALL if row.get("is_active") is False else None
        key = {"import_key": str(uuid4())}
        return {"anchored_on": BEFORE_ALL, "anchor_balance": balance, "closed_on": closed, **key, **row}
    if section == "transactions":
        day, _, clock = str(row.get("date")).partition("T")
        dated = {"day": day, "time": None if clock[:8] == "12:00:00" else clock[:8]}
        return {**dated, "filed_as": None, "rule": None, "tags": None, "split": None, "part": None, **row}
    if section in ("categories", "subcategories"):
        return {"is_archived": False, **row}
    if section == "imports":
        return {"balances": [], "left_out_count": 0, **row}
    return {**_planned(section, row), **row}


def _planned(section: str, row: Row) -> Row:
    """What the second version adds to plans. They went on by what was planned; the active period was a choice."""
    if section == "periods":
        chosen_at = row.get("created_at") if row.get("is_active") else None
        return {"cycle": "", "cycle_anchor": None, "chosen_at": chosen_at}
    if section == "budgets":
        basis = "received" if row.get("carry_over") == "none" else "planned"
        return {"carry_by": "period", "carry_basis": basis}
    return {"carry_over": ""} if section == "allocations" else {}


# By the version that is left: it makes rows of the next one.
UPGRADES: Final[dict[int, Upgrade]] = {1: _with_days}
# Sections that the first version did not have, and the version that brought each.
BEGAN_IN: Final[dict[str, int]] = dict.fromkeys(
    (
        "balance_checks",
        "deleted_rows",
        "import_profiles",
        "rules",
        "file_categories",
        "schedules",
        "schedule_answers",
        "tags",
    ),
    2,
)


def is_known(version: object) -> bool:
    return type(version) is int and 1 <= version <= VERSION


def current_pieces(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """The pieces of a file, its rows and its user as the newest version has them. Raises Broken."""
    version = VERSION
    for piece in pieces(chunks):
        if piece.key == "version" and is_known(piece.value):
            version = piece.value
        elif isinstance(piece.value, dict) and version < VERSION:
            yield piece._replace(value=_upgraded(piece.key, piece.value, version))
            continue
        yield piece


def _upgraded(section: str, row: Row, version: int) -> Row:
    for left in range(version, VERSION):
        row = UPGRADES[left](section, row)
    return row
