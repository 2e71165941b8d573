"""Everything a user has as one JSON file, one row a line; docs/export-format.md describes it."""

import json
from typing import IO, Final

from django.utils import timezone

from accounts.models import User
from wealthwise.portability.export.exported_rows import ExportedRows
from wealthwise.portability.export.sections import FORMAT, PERSON, SECTIONS
from wealthwise.portability.export.versions import VERSION

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_json(user: User, file: IO[bytes]) -> None:
    """Call inside ``snapshot``. Holds one batch of rows in memory, however many there are."""
    exported = ExportedRows(user)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now().astimezone(exported.zone).isoformat(timespec="seconds"),
        "person": {field.key: getattr(user, field.name) for field in PERSON.fields},
    }
    file.write(("{\n" + ",\n".join(f"{_dump(key)}: {_dump(value)}" for key, value in head.items())).encode())
    for section in SECTIONS:
        file.write(f',\n"{section.key}": ['.encode())
        before = "\n"
        for record in exported.records(section):
            file.write((before + _dump(record)).encode())
            before = ",\n"
        file.write(b"]" if before == "\n" else b"\n]")
    file.write(b"\n}\n")
