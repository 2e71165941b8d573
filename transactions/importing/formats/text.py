"""From the bytes of a file to clean text."""

import re
import unicodedata
from collections.abc import Iterable

from transactions.importing.formats.rows import StatementError, check_size

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-15", "cp850")


def detect_encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:2000]
    if head.count(0) > len(head) // 4:
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decode(data: bytes, encoding: str) -> str:
    check_size(data)
    try:
        # Five bytes mean nothing in cp1252; one of them should not cost the file.
        text = data.decode(encoding, "replace" if encoding == "cp1252" else "strict")
    except UnicodeError:
        raise StatementError(f"The file is not written in {encoding}. Choose another encoding.") from None
    return text.removeprefix("\ufeff")


def split_lines(text: str) -> list[str]:
    """Physical lines, whether they end in LF, CRLF or CR; `str.splitlines` would also split at form feeds."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def plain_letters(text: str) -> str:
    """Lower case without accents, for comparing words."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


# Controls and surrogates cannot be stored; the others are invisible or turn the reading direction of a list.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(text: str, length: int) -> str:
    """The text on one line, spaces collapsed, without unprintable characters, cut to a length."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:length].rstrip()


def last_four(account: str) -> str:
    """The last four digits of an account number; empty when it has fewer, so that no short code is kept."""
    digits = re.sub(r"[^0-9]", "", account)
    return digits[-4:] if len(digits) >= 4 else ""


def one_account(accounts: Iterable[str]) -> str:
    """The last four digits that all these account numbers share, or nothing."""
    hints = {last_four(account) for account in accounts}
    return hints.pop() if len(hints) == 1 else ""
