"""The JSON columns of an import batch: how its file was read, which of its lines were refused, and its balances.

They are read by pages without further checks, so what comes in from a file has to have exactly their shape.
The layout of sample data lists ids: in the file those are refs.
"""

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from transactions.importing.balances import MOST_KEPT
from transactions.importing.csv.layout import MAX_COLUMNS, CsvLayout
from transactions.importing.draft.edits import MOST_EQUAL_ROWS
from transactions.importing.formats.encodings import ENCODINGS
from transactions.importing.formats.rows import StatementError
from wealthwise.portability.export.codecs.values import Cell, Codec, Count, Day, Fault, Money, Text, Uuid
from wealthwise.portability.moving.report import MoveReport

SAMPLE: Final = "sample"
# The sections behind the lists of a sample's layout.
LISTED: Final = {
    "accounts": "accounts",
    "categories": "categories",
    "subcategories": "subcategories",
    "periods": "periods",
    "recurring_allocations": "recurring_allocations",
    "recurring_income": "recurring_income",
}
STEP: Final = "onboarding_step"
MOVED: Final = "moved"
DAYS: Final = {"day_first", "ambiguous_dates", "encoding"}  # all that the layout of a file that is no CSV says
# Identities of rows that were joined with rows of the file, and of those that were not booked yet.
_BESIDE: Final = {"joined", "pending"}
_TEXT: Final = Text(300)
MOST_LETTERS: Final = 60  # of a heading
_MOST_ERRORS: Final = 500
_LAST_STEP: Final = 5


@dataclass(frozen=True, slots=True)
class LayoutCodec(Codec):
    """Where the rows were written is left out: other tables have other places."""

    def encode(self, value: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
        return {key: entry for key, entry in value.items() if key != "written"}

    def decode(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Fault("must be an object")
        if STEP in value:
            return _sample(value)
        if MOVED in value:
            return _moved(value)
        read = {key: entry for key, entry in value.items() if key not in _BESIDE}
        for key in _BESIDE & set(value):
            _identities(key, value[key])
        if set(read) - DAYS:
            _csv(read)
        else:
            _days(read)
        return value

    def cell(self, value: Any) -> Cell:
        return None


def _sample(value: dict[str, Any]) -> dict[str, Any]:
    step = value[STEP]
    if type(step) is not int or not 1 <= step <= _LAST_STEP or set(value) != {STEP, *LISTED}:
        raise Fault("is not the layout of sample data")
    for key in LISTED:
        if not isinstance(value[key], list) or not all(isinstance(ref, str) for ref in value[key]):
            raise Fault("is not the layout of sample data")
    return value


def _moved(value: dict[str, Any]) -> dict[str, Any]:
    """The report of a move, which its page shows and by which it is taken back: texts, numbers and their lists."""
    said = value[MOVED]
    if set(value) != {MOVED} or not isinstance(said, dict):
        raise Fault("is not the report of a move")
    try:
        is_sound = MoveReport.from_dict(said).is_sound()
    except (TypeError, KeyError, AttributeError) as error:
        raise Fault("is not the report of a move") from error
    if not is_sound:
        raise Fault("is not the report of a move")
    return value


def _identities(key: str, value: Any) -> None:
    """Pairs of a fingerprint and a number; of what was joined also the pair that the row had before."""
    lengths = (2, 4) if key == "joined" else (2,)
    if not isinstance(value, list) or not all(isinstance(row, list) and len(row) in lengths for row in value):
        raise Fault(f"has a {key} that is not a list of identities")
    for row in value:
        for fingerprint, number in zip(row[::2], row[1::2], strict=True):
            Uuid().read(fingerprint)
            Count(MOST_EQUAL_ROWS, least=1).read(number)


def _days(value: dict[str, Any]) -> None:
    """How the days of a QIF, and the letters of any file, were read."""
    flags = [entry for key, entry in value.items() if key != "encoding"]
    if not all(type(flag) is bool for flag in flags) or value.get("encoding", "") not in ("", *ENCODINGS):
        raise Fault("does not say how days were read")


def _csv(value: dict[str, Any]) -> None:
    names = value.get("names", [])
    if not isinstance(names, list) or not all(name is None or isinstance(name, str) for name in names):
        raise Fault("has names that are not a list of texts")
    for name in names:
        _TEXT.read(name or "")
    if type(value.get("is_remembered", False)) is not bool:
        raise Fault("has an is_remembered that is not true or false")
    try:
        known = {*CsvLayout.from_dict(value).to_dict(), "names", "is_remembered"}
    except (StatementError, ValueError, TypeError):
        raise Fault("does not describe a CSV file") from None
    if not known >= set(value):
        raise Fault("does not describe a CSV file")


@dataclass(frozen=True, slots=True)
class CsvLayoutCodec(Codec):
    """How files of a profile are read."""

    def decode(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Fault("must be an object")
        _csv(value)
        return value

    def cell(self, value: Any) -> Cell:
        return None


@dataclass(frozen=True, slots=True)
class HeadingNames(Codec):
    """The headings of the files of a profile, in their order."""

    def decode(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_COLUMNS:
            raise Fault(f"must be a list of 1 to {MAX_COLUMNS} texts")
        for name in value:
            Text(MOST_LETTERS, required=True).read(name)
        return value

    def cell(self, value: Any) -> Cell:
        return ", ".join(value)


@dataclass(frozen=True, slots=True)
class Errors(Codec):
    def decode(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > _MOST_ERRORS:
            raise Fault("must be a list of at most 500 lines")
        for error in value:
            if not isinstance(error, dict) or set(error) != {"line", "reason", "text"}:
                raise Fault("must list lines with reason and text")
            if type(error["line"]) is not int or not 0 <= error["line"] < 2**31:
                raise Fault("must give lines as whole numbers")
            _TEXT.read(error["reason"])
            _TEXT.read(error["text"])
        return value

    def cell(self, value: Any) -> Cell:
        return None


@dataclass(frozen=True, slots=True)
class StatedBalances(Codec):
    """The balances that stood in the file: pairs of a day and an amount."""

    def decode(self, value: Any) -> list[list[str]]:
        if not isinstance(value, list) or len(value) > MOST_KEPT:
            raise Fault(f"must be a list of at most {MOST_KEPT} balances")
        for balance in value:
            if not isinstance(balance, list) or len(balance) != 2:
                raise Fault("must list pairs of a day and an amount")
            Day().read(balance[0])
            Money().read(balance[1])
        return value

    def cell(self, value: Any) -> Cell:
        return None
