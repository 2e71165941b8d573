"""Everything a person has as a workbook, written row by row.

A workbook is a zip of XML. Only what a plain table needs is written: text, numbers, days, moments. Text is
always an inline string and marked as quoted, so no cell is a formula, not even after somebody edits it.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from accounts.models import User
from wealthwise.cells import STARTS_A_FORMULA
from wealthwise.export.codecs import Cell
from wealthwise.export.sections import SECTIONS
from wealthwise.export.walk import Walk, heads

ROWS_A_SHEET: Final = 1_048_575  # below the headings; more go on in a second sheet
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()
_SECONDS_A_DAY: Final = 86_400
# XML 1.0 has no other characters below the space.
_NOT_XML: Final = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}
# The styles by number, as _STYLES lists them.
_HEAD, _QUOTED, _MONEY, _DAY, _MOMENT = 1, 2, 3, 4, 5
_STYLES: Final = f"""{_XML}<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>\
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
</styleSheet>"""
_OPEN: Final = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<cols><col min="1" max="16" width="18" customWidth="1"/></cols><sheetData>\n'
)


def write_xlsx(user: User, file: IO[bytes]) -> None:
    """Call inside ``snapshot``. Holds one batch of rows in memory, however many there are."""
    walk = Walk(user)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        names: list[str] = []
        for section in SECTIONS:
            title = section.key.replace("_", " ").capitalize()
            for part, rows in enumerate(_sheets(walk.cells(section)), 1):
                names.append(title if part == 1 else f"{title} {part}")
                _write_sheet(archive, len(names), heads(section), rows, walk.zone)
        _write_frame(archive, names)


def _sheets(rows: Iterator[tuple[Cell, ...]]) -> Iterator[Iterator[tuple[Cell, ...]]]:
    """The rows in pieces that fit a sheet; one empty piece when there are none."""
    yield islice(rows, ROWS_A_SHEET)
    while (first := next(rows, None)) is not None:
        yield chain([first], islice(rows, ROWS_A_SHEET - 1))


def _write_sheet(
    archive: zipfile.ZipFile, number: int, headings: Sequence[str], rows: Iterable[Sequence[Cell]], zone: ZoneInfo
) -> None:
    with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as member:
        member.write((_OPEN + _row([_text(head.replace("_", " "), _HEAD) for head in headings])).encode())
        for row in rows:
            member.write(_row([_cell(cell, zone) for cell in row]).encode())
        member.write(b"</sheetData></worksheet>")


def _row(cells: list[str]) -> str:
    return f"<row>{''.join(cells)}</row>\n"


def _cell(cell: Cell, zone: ZoneInfo) -> str:
    """One cell. An empty one is written too, since cells without an address stand one after the other."""
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, datetime):
        return _moment(cell.astimezone(zone))
    if isinstance(cell, bool):
        return _text("yes" if cell else "no")
    if isinstance(cell, str):
        return _text(cell, _QUOTED if cell.startswith(STARTS_A_FORMULA) else 0)
    return _number(cell)


def _number(cell: int | Decimal | date) -> str:
    if isinstance(cell, Decimal):
        return f'<c s="{_MONEY}"><v>{cell:f}</v></c>'
    if isinstance(cell, date):
        return f'<c s="{_DAY}"><v>{cell.toordinal() - _DAY_ZERO}</v></c>' if _in_excel(cell) else _text(str(cell))
    return f"<c><v>{cell}</v></c>"


def _text(text: str, style: int = 0) -> str:
    kept = escape(text.translate(_NOT_XML))
    mark = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{mark}><is><t xml:space="preserve">{kept}</t></is></c>'


def _moment(local: datetime) -> str:
    """Excel knows no zones: what is shown is the person's own clock."""
    if not _in_excel(local):
        return _text(local.isoformat(" ", "seconds"))
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    part = Decimal(seconds) / _SECONDS_A_DAY
    return f'<c s="{_MOMENT}"><v>{local.toordinal() - _DAY_ZERO + part:.8f}</v></c>'


def _in_excel(day: date) -> bool:
    return day.year >= 1901


def _write_frame(archive: zipfile.ZipFile, names: list[str]) -> None:
    """The parts that tie the sheets together."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(f'<sheet name="{escape(names[n - 1])}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kinds}.worksheet+xml"/>' for n in numbers
    )
    last = len(names) + 1
    archive.writestr("xl/styles.xml", _STYLES)
    archive.writestr(
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>',
    )
    archive.writestr(
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId{last}" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    )
    archive.writestr(
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    archive.writestr(
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>{overrides}</Types>',
    )
