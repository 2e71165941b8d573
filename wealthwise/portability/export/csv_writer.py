"""Everything a user has as CSV: a zip with one file per table."""

import csv
import io
import zipfile
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from accounts.models import User
from wealthwise.core.downloads import harmless
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export.codecs.values import Cell
from wealthwise.portability.export.exported_rows import ExportedRows, heads
from wealthwise.portability.export.sections import SECTIONS


def write_csv(user: User, file: IO[bytes], advance: Advance = unwatched) -> None:
    """Call inside ``snapshot``. UTF-8 with a mark at the front, without which Excel guesses another encoding."""
    exported = ExportedRows(user, advance)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in SECTIONS:
            with (
                archive.open(f"{section.key}.csv", "w", force_zip64=True) as member,
                io.TextIOWrapper(member, "utf-8-sig", newline="") as text,
            ):
                writer = csv.writer(text)
                writer.writerow(heads(section))
                writer.writerows([_told(cell, exported.zone) for cell in row] for row in exported.cells(section))


def _told(cell: Cell, zone: ZoneInfo) -> str:
    """A cell as text. Only what users typed can be a formula; numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(" ", "seconds")
    return str(cell)
