"""The first of two readings of a file: is all of it acceptable, and what does it refer to?

Nothing is kept of a row but its ref. What only the database can say (two periods that overlap, two categories
of one name) it says in the second reading.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from accounts.people.choices import time_zones
from wealthwise.core.errors import DomainError
from wealthwise.core.locales import show_count
from wealthwise.portability.export.codecs.import_batches import LISTED, SAMPLE, STEP
from wealthwise.portability.export.codecs.values import Fault, Reference, References
from wealthwise.portability.export.json_reader import Broken, Piece
from wealthwise.portability.export.sections import BY_KEY, FORMAT, PERSON, SECTIONS, SETTINGS, Section
from wealthwise.portability.export.site_records import SITE_RECORDS
from wealthwise.portability.export.versions import BEGAN_IN, VERSION, current_pieces, is_known

MOST_FAULTS: Final = 10
_HEAD: Final = ("format", "version", "exported_at", "person")
_LONGEST_REF: Final = 60

type Named = Mapping[str, Mapping[str, int]]


class NotAccepted(DomainError):
    """The file cannot be imported; ``faults`` say where it is wrong, the first ten of them."""

    def __init__(self, message: str, faults: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)


@dataclass(slots=True)
class Contents:
    """What the file holds: rows by section, the refs of the named ones with their numbers, the settings."""

    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, dict[str, int]] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)


def validate(chunks: Iterable[bytes]) -> Contents:
    """Read the whole file. Raises Broken or NotAccepted."""
    validator = _Validator()
    for piece in current_pieces(chunks):
        validator.take(piece)
        if len(validator.faults) >= MOST_FAULTS:
            break
    else:
        validator.finish()
    if validator.faults:
        raise NotAccepted("The file cannot be imported. Nothing was changed.", validator.faults)
    return validator.found


def stored_values(section: Section, record: Any, named: Named) -> list[Any]:
    """The values of a row for the database, in the order of the fields; refs become what ``named`` has for them.

    Raises Fault, whose message begins behind the row: ".amount must be ...".
    """
    if not isinstance(record, dict):
        raise Fault(" must be an object")
    known = {field.key for field in section.fields} | ({"ref"} if section.is_named else set())
    if unknown := record.keys() - known:
        raise Fault(f" has something unknown: “{min(unknown)[:50]}”")
    values = []
    for each in section.fields:
        try:
            value = each.codec.read(record.get(each.key))
            if isinstance(each.codec, References) and value is not None:
                value = sorted(_resolved(each.codec.section, ref, named) for ref in value)
            elif isinstance(each.codec, Reference) and value is not None:
                value = _resolved(each.codec.section, value, named)
        except Fault as fault:
            raise Fault(f".{each.key} {fault}") from None
        values.append(value)
    return values


def _resolved(section: str, ref: str, named: Named) -> int:
    if ref not in named[section]:
        raise Fault(f"names “{ref[:50]}”, which is not in {section} above")
    return named[section][ref]


class _Validator:
    def __init__(self) -> None:
        self.found, self.faults = Contents(), list[str]()
        self.found.named = {section.key: {} for section in SECTIONS if section.is_named}
        self._version, self._done = VERSION, list[str]()
        self._budgeted: set[int] = set()
        self._samples: list[tuple[str, dict[str, Any]]] = []

    def fault(self, piece: Piece, what: str) -> None:
        where = piece.key[:50] if piece.number is None else f"{piece.key[:50]}[{piece.number}]"
        self.faults.append(f"Line {piece.line}: {where}{what}")

    def take(self, piece: Piece) -> None:
        """One piece of the file. The head comes first, so that another file is told at once."""
        if not self._done or self._done[-1] != piece.key:
            self._begin(piece)
        if piece.key in _HEAD:
            self._head(piece)
        elif piece.key == SITE_RECORDS:
            return  # of the site that it came from
        elif (section := BY_KEY.get(piece.key)) is None:
            self.fault(piece, " is not a part of this format")
        elif piece.number is not None:
            self._row(section, piece)
        elif piece.value != []:
            self.fault(piece, " must be a list")

    def _begin(self, piece: Piece) -> None:
        if piece.key in self._done:
            raise Broken(f"Line {piece.line}: “{piece.key[:50]}” is there twice.")
        self._done.append(piece.key)
        above = {"format", "version", "person"} if piece.key in BY_KEY else {"version"}
        if piece.key in (*BY_KEY, "person") and not above <= set(self._done):
            raise NotAccepted(
                "This is not an export of WealthWise: it does not begin with format, version and person."
            )

    def _head(self, piece: Piece) -> None:
        if piece.key == "format" and piece.value != FORMAT:
            raise NotAccepted("This is not an export of WealthWise.")
        if piece.key == "version":
            if not is_known(piece.value):
                raise NotAccepted(f"This file has a version of the format that is not known here; {VERSION} is.")
            self._version = piece.value
        if piece.key == "person":
            self._person(piece)

    def _person(self, piece: Piece) -> None:
        if not isinstance(piece.value, dict) or piece.value.keys() - {each.key for each in PERSON.fields}:
            return self.fault(piece, " must be an object with the settings and nothing else")
        for each in SETTINGS:
            try:
                self.found.person[each.name] = each.codec.read(piece.value.get(each.key))
            except Fault as fault:
                self.fault(piece, f".{each.key} {fault}")
        zone = self.found.person.get("time_zone")
        if zone is not None and zone not in dict(time_zones()):
            self.fault(piece, ".time_zone is not known here")
        return None

    def _row(self, section: Section, piece: Piece) -> None:
        self.found.counts[section.key] += 1
        if self.found.counts[section.key] > section.most:
            raise NotAccepted(f"The file has more than {show_count(section.most)} rows in {section.key}.")
        try:
            values = stored_values(section, piece.value, self.found.named)
            self._rules(section, piece, dict(zip((each.key for each in section.fields), values, strict=True)))
        except Fault as fault:
            self.fault(piece, str(fault))
        if section.is_named and isinstance(piece.value, dict):
            self._name(section, piece)

    def _name(self, section: Section, piece: Piece) -> None:
        ref, named = piece.value.get("ref"), self.found.named[section.key]
        if not isinstance(ref, str) or not 0 < len(ref) <= _LONGEST_REF:
            self.fault(piece, ".ref must be a text of at most 60 characters")
        elif ref in named:
            self.fault(piece, f".ref is the same as that of {section.key}[{named[ref]}]")
        else:
            named[ref] = piece.number or 0

    def _rules(self, section: Section, piece: Piece, row: dict[str, Any]) -> None:
        """What concerns several fields of a row."""
        if section.key == "transactions":
            if (row["fingerprint"] is None) != (row["occurrence"] is None):
                raise Fault(" must have both fingerprint and occurrence, or neither")
            if (row["split"] is None) != (row["part"] is None):
                raise Fault(" must have both split and part, or neither")
            if row["split"] is not None and (row["transfer"] or (row["fingerprint"] and row["part"] != 1)):
                raise Fault(" is a part of a split, and no side of a transfer; only the first has a fingerprint")
            if row["transfer"] is not None and row["account"] is None:
                raise Fault(".account is missing, and a transfer needs one")
        elif section.key == "imports":
            if (row["kind"] == SAMPLE) != (STEP in row["layout"]):
                raise Fault(".layout does not fit the kind")
            if row["kind"] == SAMPLE:
                self._samples.append((f"Line {piece.line}: imports[{piece.number}].layout", row["layout"]))
        elif section.key == "periods" and row["end_date"] < row["start_date"]:
            raise Fault(".end_date is before the start_date")
        elif section.key == "budgets":
            if row["period"] in self._budgeted:
                raise Fault(".period has a budget already")
            self._budgeted.add(row["period"])

    def finish(self) -> None:
        """What can only be said at the end of the file."""
        expected = [key for key in BY_KEY if BEGAN_IN.get(key, 1) <= self._version]
        missing = [key for key in ("format", "version", "person", *expected) if key not in self._done]
        self.faults += [f"{key} is missing. The file may not have been downloaded completely." for key in missing]
        if missing:
            return
        if len(self._budgeted) != self.found.counts["periods"]:
            self.faults.append("budgets: each period must have one.")
        for where, layout in self._samples:
            for key, section in LISTED.items():
                if not set(layout[key]) <= self.found.named[section].keys():
                    self.faults.append(f"{where}.{key} names rows that are not in the file")
