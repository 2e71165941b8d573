"""The door to statement files: what kind a file is, and its rows whatever the kind."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from transactions.importing.csv.guess import Given, detect_layout
from transactions.importing.csv.layout import DELIMITERS, CsvLayout
from transactions.importing.csv.reader import parse_csv
from transactions.importing.formats.camt import parse_camt
from transactions.importing.formats.encodings import detect_encoding, without_nuls
from transactions.importing.formats.mt940 import parse_mt940
from transactions.importing.formats.ofx import parse_ofx
from transactions.importing.formats.qif import parse_qif
from transactions.importing.formats.rows import Statement, StatementError, check_size
from wealthwise.core.progress import Advance, unwatched

Kind = Literal["csv", "ofx", "qif", "camt", "mt940", "xlsx", "zip", "pdf", "unknown"]

HEAD = 4000
_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "xlsx"),
)
# What stands at the beginning of the archives that are spreadsheets.
_SHEETS = (b"[Content_Types].xml", b"_rels/.rels", b"xl/", b"mimetypeapplication/vnd.oasis.opendocument", b"docProps/")
_MARKS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"^\s*(OFXHEADER|<\?OFX|<OFX[\s>])", re.IGNORECASE | re.MULTILINE), "ofx"),
    (re.compile(r"\A\s*<\?xml[^>]*>\s*(<\?OFX|<OFX[\s>])", re.IGNORECASE), "ofx"),
    (re.compile(r"\A\s*<(BANKTRANLIST|STMTTRN|STMTRS|CCSTMTRS)>", re.IGNORECASE), "ofx"),
    (re.compile(r"\A\s*!(Type|Account|Option|Clear)\b", re.IGNORECASE), "qif"),
    (re.compile(r"\A\s*<(?s:.*)(camt\.05[234]|BkToCstmr)"), "camt"),
    (re.compile(r"^:20:(?s:.*)^:(25|60[FM]|61):", re.MULTILINE), "mt940"),
)
_TEXT_NAMES = (".csv", ".txt", ".tsv", ".tab")
_NAMES = {"xlsx": "Spreadsheets in the old form of Excel (.xls)", "zip": "Archives (ZIP)", "pdf": "PDF files"}
_INSTEAD = {
    "zip": "Unpack it first, and import the files in it one after the other.",
    "xlsx": 'Save the sheet as CSV (in the "Save as" dialog of the spreadsheet program) and import that.',
    "pdf": "Look on the bank's website for an export as CSV or OFX, often called a download for Quicken or Money.",
}


def kind_of(filename: str, data: bytes) -> Kind:
    """The kind of a file by its content; the name only decides where the content could be anything."""
    signature = next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
    is_sheet = filename.lower().endswith((".xlsx", ".xlsm", ".ods")) or any(data.startswith(s, 30) for s in _SHEETS)
    if signature == "zip" and is_sheet:
        return "xlsx"
    return signature or _kind_of_text(filename, _head(data))


def _kind_of_text(filename: str, text: str) -> Kind:
    marked = next((kind for pattern, kind in _MARKS if pattern.search(text)), None)
    if marked or not text.strip() or _is_binary(text):
        return marked or "unknown"
    if text.lstrip().startswith("<"):
        return "unknown"
    return "csv" if filename.lower().endswith(_TEXT_NAMES) or _is_tabular(text) else "unknown"


def _head(data: bytes) -> str:
    """The beginning as text, or nothing for what is no text."""
    # An even number of bytes, so that no UTF-16 character is cut.
    head = without_nuls(data[:HEAD])
    encoding = detect_encoding(head) if head else "utf-8"
    return head.decode(encoding, "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _is_binary(text: str) -> bool:
    """Whether controls stand among the letters, as in no text."""
    return len(re.findall("[\x00-\x08\x0e-\x1f\ufffd]", text)) * 20 > len(text)


def _is_tabular(text: str) -> bool:
    lines = [line for line in text.split("\n")[:20] if line.strip()]
    return any(sum(delimiter in line for line in lines) > len(lines) // 2 for delimiter in DELIMITERS)


@dataclass(frozen=True, slots=True)
class Meant:
    """What is known beside the file: the last four digits and the name of the account and whether it is a card, for a
    QIF whether days stand before months (None: as the file tells), the encoding that a person chose, and which of
    several accounts in the file is ``chosen``.
    """

    last4: str = ""
    name: str = ""
    day_first: bool | None = None
    is_card: bool = False
    encoding: str = ""
    chosen: str = ""


def parse(data: bytes, filename: str, layout: CsvLayout | None = None, *, meant: Meant = Meant()) -> Statement:
    """The rows of a statement file of any supported kind.

    A CSV is read by `layout`, or by the detected one. `meant` picks the account in a file of several. Raises
    StatementError, ready for a user, for anything that cannot be read.
    """
    check_size(data)
    return parse_kind(kind_of(filename, data), data, layout, meant=meant)


def parse_kind(
    kind: str, data: bytes, layout: CsvLayout | None = None, *, meant: Meant = Meant(), advance: Advance = unwatched
) -> Statement:
    """The same for a file whose kind is known already, telling how far it is."""
    told: dict[str, Any] = {"chosen": meant.chosen, "encoding": meant.encoding, "advance": advance}
    match kind:
        case "csv":
            layout = layout or detect_layout(data, given=Given(is_card=meant.is_card))
            return parse_csv(data, layout, advance, chosen=meant.chosen)
        case "ofx":
            return parse_ofx(data, account_hint=meant.last4, **told)
        case "qif":
            return parse_qif(data, account_name=meant.name, day_first=meant.day_first, **told)
        case "camt":
            return parse_camt(data, account_hint=meant.last4, **told)
        case "mt940":
            return parse_mt940(data, account_hint=meant.last4, **told)
        case "xlsx" | "zip" | "pdf":
            raise StatementError(f"{_NAMES[kind]} are not supported. {_INSTEAD[kind]}")
    raise StatementError(
        "This is not a statement file that can be read. Export CSV, OFX, QIF, CAMT.053 or MT940 from your bank."
    )
