"""Everything a user has as one JSON file, one row a line; docs/export-format.md describes it."""

import json
from collections.abc import Iterable
from typing import IO, Any, Final

from django.utils import timezone

from accounts.models import User
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export.exported_rows import ExportedRows
from wealthwise.portability.export.sections import FORMAT, PERSON, SECTIONS
from wealthwise.portability.export.site_records import SITE_RECORDS, site_records
from wealthwise.portability.export.versions import VERSION

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_json(user: User, file: IO[bytes], advance: Advance = unwatched) -> None:
    """Call inside ``snapshot``. Holds one batch of rows in memory, however many there are."""
    exported = ExportedRows(user, advance)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now().astimezone(exported.zone).isoformat(timespec="seconds"),
        "person": {field.key: getattr(user, field.name) for field in PERSON.fields},
    }
    file.write(("{\n" + ",\n".join(f"{_dump(key)}: {_dump(value)}" for key, value in head.items())).encode())
    for section in SECTIONS:
        _write_list(section.key, exported.records(section), file)
    _write_list(SITE_RECORDS, site_records(user), file)
    file.write(b"\n}\n")


def _write_list(key: str, records: Iterable[dict[str, Any]], file: IO[bytes]) -> None:
    file.write(f',\n"{key}": ['.encode())
    before = "\n"
    for record in records:
        file.write((before + _dump(record)).encode())
        before = ",\n"
    file.write(b"]" if before == "\n" else b"\n]")
