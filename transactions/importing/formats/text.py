"""From the bytes of a file to clean text."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from transactions.importing.formats.encodings import is_utf16, without_nuls
from transactions.importing.formats.rows import StatementError, check_size

# What stands for bytes that mean nothing.
UNREADABLE = "\ufffd"


def decode(data: bytes, encoding: str) -> str:
    """The text in an encoding. A few bytes that mean nothing become `UNREADABLE`; many raise StatementError."""
    check_size(data)
    text = without_nuls(data).decode(encoding, "replace").removeprefix("\ufeff")
    bad = len(text) if encoding.startswith("utf-16") and not is_utf16(data) else text.count(UNREADABLE)
    # In cp1252 five bytes mean nothing, which some banks use all the same.
    if bad and encoding != "cp1252" and sum(map(len, re.findall("[^\x00-\x7f]+", text))) < 2 * bad:
        raise StatementError(f"The file is not written in {encoding}. Choose another encoding.")
    return text


def split_lines(text: str) -> list[str]:
    """Physical lines, whether they end in LF, CRLF or CR; `str.splitlines` would also split at form feeds."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@lru_cache(maxsize=4096)
def plain_letters(text: str) -> str:
    """Lower case without accents, for comparing words."""
    if text.isascii():
        return text.casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return plain.translate(_STROKES)


def plain_words(text: str) -> list[str]:
    """The words of a text in plain letters."""
    return re.sub(r"[\W_]+", " ", plain_letters(text)).split()


def words_in(text: str) -> list[str]:
    """The words of a list that are parted by bars, over several lines."""
    return [word for part in " ".join(text.split()).split("|") if (word := part.strip())]


# Letters that no accent is taken off.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})  # noqa: RUF001

# Controls and surrogates cannot be stored; the others are invisible or turn the reading direction of a list.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(text: str, length: int) -> str:
    """The text on one line, spaces collapsed, without unprintable characters, cut to a length."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:length].rstrip()
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:length].rstrip()


def last_four(account: str) -> str:
    """The last four digits of an account number; empty when it has fewer, so that no short code is kept."""
    digits = re.sub(r"[^0-9]", "", account)
    return digits[-4:] if len(digits) >= 4 else ""


def one_account(accounts: Iterable[str]) -> str:
    """The last four digits that all these account numbers share, or nothing."""
    hints = {last_four(account) for account in accounts}
    return hints.pop() if len(hints) == 1 else ""
