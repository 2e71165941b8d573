"""Which bytes mean which letters: told from the words that come out.

A statement has few letters beyond ASCII, often ten in all, and detectors that count frequencies need pages. Banks
write words of a language, though, and a wrong encoding makes words that no alphabet has: so each encoding is tried,
and the one whose words keep to one alphabet wins.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final

# With the names that people know them by; the likelier first, which wins where several give sensible words.
ENCODING_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
    "cp1252": "Windows (Western Europe)",
    "cp1250": "Windows (Central Europe)",
    "cp1251": "Windows (Cyrillic)",
    "cp1254": "Windows (Turkish)",
    "cp1257": "Windows (Baltic)",
    "cp1253": "Windows (Greek)",
    "cp1255": "Windows (Hebrew)",
    "cp1256": "Windows (Arabic)",
    "cp932": "Shift_JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
    "cp874": "Windows (Thai)",
    "iso-8859-15": "ISO 8859-15 (Latin 9)",
    "iso-8859-2": "ISO 8859-2 (Central Europe)",
    "iso-8859-7": "ISO 8859-7 (Greek)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "cp850": "DOS (Western Europe)",
    "cp852": "DOS (Central Europe)",
    "cp866": "DOS (Cyrillic)",
    "mac_roman": "Mac (Western Europe)",
}
ENCODINGS: Final = tuple(ENCODING_NAMES)
_UNICODE: Final = {"utf-8", "utf-16", "utf-16-le", "utf-16-be"}
# Lead bytes of the characters that are in daily use.
_DAILY: Final = {
    "cp932": (range(0x82, 0x98),),
    "euc_jp": (range(0xA4, 0xD0),),
    "gb18030": (range(0xB0, 0xD8),),
    "big5": (range(0xA4, 0xC7),),
    "cp949": (range(0xB0, 0xC9),),
}
_ALPHABETS: Final = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúüç", "ãõâêôáéíóúàç", "àèéìíîòóù", "åäöæøéü", "áéëïóöüè", "áðéíóúýþæö",
        "ąćęłńóśźż", "áčďéěíňóřšťúůýžľĺŕôä", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "çğıiöşüâîû", "ąčęėįšųūž", "āčēģīķļņšūž",  # noqa: RUF001
        "õäöüšž", "àáâãèéêìíòóôõùúăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяў", "абвгдђежзијклљмнњопрстћуфхцчџшѓќѕ",
        "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
        "".join(map(chr, range(0x621, 0x64B))) + "پچژگی", "".join(map(chr, range(0xE01, 0xE5C))),
    )
)  # fmt: skip
_SIGNS: Final = frozenset("€£¥§°«»–—“”„‘’…·¡¿ºª№•´×\u00a0\u202f²³½¼")  # noqa: RUF001
_WORD: Final = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*(?:[^\x00-\x7f][^\W\d_]*)*")
_ODD_THAI: Final = re.compile(
    "^[\u0e30-\u0e3a\u0e47-\u0e4e]|[\u0e40-\u0e44][\u0e30-\u0e3a\u0e47-\u0e5b]|[\u0e4f-\u0e5b]"
)
_SAMPLE: Final = 60_000
MOST_WORDS: Final = 400


def without_nuls(data: bytes) -> bytes:
    """The bytes without the NULs that some programs pad files with; those of UTF-16 stay."""
    if b"\x00" not in data or is_utf16(data):
        return data
    return data.rstrip(b"\x00").replace(b"\x00", b" ")


def is_utf16(data: bytes) -> bool:
    """Whether every other byte is NUL, or a mark at the beginning says so."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    head = data[:2000].rstrip(b"\x00")
    return len(head) > 3 and max(head[::2].count(0), head[1::2].count(0)) * 2 > len(head) * 0.7


def detect_encoding(data: bytes, declared: str = "") -> str:
    """The encoding of a file. ``declared`` is what the file says of itself: it wins over guesses, not over UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if is_utf16(data):
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    if data.isascii() or is_nearly_utf8(data):
        return "utf-8"
    if (known := known_as(declared)) and known not in _UNICODE:
        return known
    sample = re.sub(rb"(?<=[0-9])\xa0(?=[0-9])", b" ", _beyond_ascii(data))
    if sample.isascii():
        return "cp1252"  # only spaces within numbers
    return max(_candidates(), key=lambda encoding: round(_sense(sample, encoding), 2))


def is_nearly_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 but for a few: a file of another encoding has no letter that is."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return not bad or sum(map(len, re.findall("[^\x00-\x7f]+", text))) >= 2 * bad


@lru_cache(maxsize=64)
def known_as(name: str) -> str:
    """The encoding that a file calls by this name: "windows-1250", "1251", "ISO-8859-2"; empty for others."""
    plain = name.strip().lower().replace("_", "-")
    plain = plain.replace("windows-", "cp").replace("cp-", "cp")
    plain = f"cp{plain}" if plain.isdigit() else plain
    also = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "shift-jis": "cp932", "sjis": "cp932",
            "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "cp950": "big5", "euc-kr": "cp949",
            "euc-jp": "euc_jp", "utf8": "utf-8", "cp65001": "utf-8", "iso-8859-9": "cp1254", "iso-8859-8": "cp1255",
            "iso-8859-13": "cp1257", "tis-620": "cp874", "macintosh": "mac_roman"}  # fmt: skip
    plain = also.get(plain, plain)
    return plain if plain in ENCODING_NAMES else ""


def _candidates() -> Iterable[str]:
    return (encoding for encoding in ENCODINGS if encoding not in _UNICODE)


def _beyond_ascii(data: bytes) -> bytes:
    """The lines that hold more than ASCII, as many as tell."""
    lines, size = dict[bytes, None](), 0
    for line in re.findall(rb"[^\r\n]{0,2000}", data):
        if not line.isascii() and line not in lines:
            lines[line] = None
            size += len(line)
            if size > _SAMPLE:
                break
    return b"\n".join(lines)


def _sense(data: bytes, encoding: str) -> float:
    """How many of the words beyond ASCII keep to one alphabet, 0 to 1; -1 for bytes that mean nothing."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "cp1252":
            return -1.0
        text = data.decode(encoding, "replace")  # five bytes mean nothing in it; one of them should not cost the file
    if encoding in _DAILY:
        return _share_in_daily_use(text, encoding)
    words = list(dict.fromkeys((match[0], _is_beside_digits(match)) for match in _WORD.finditer(text)))[:MOST_WORDS]
    if not words:
        return 0.0
    beyond = [({c for c in word if c > "\x7f"}, word, is_beside) for word, is_beside in words]
    signs = sum(1.0 if is_beside else 0.9 for letters, _, is_beside in beyond if letters <= _SIGNS)
    sane = [
        letters - _SIGNS
        for letters, word, is_beside in beyond
        if not letters <= _SIGNS and not is_beside and _is_sane(word)
    ]
    best = max(sum(letters <= alphabet for letters in sane) for alphabet in _ALPHABETS)
    # Cyrillic and Greek begin names with capitals; a script without any, read as theirs, has none.
    is_small = best == len(words) > 1 and all(c.islower() for letters in sane for c in letters if c > "\u036f")
    return (best + signs) / len(words) * (0.9 if is_small and min(map(min, sane)) > "\u036f" else 1)


def _is_beside_digits(match: re.Match[str]) -> bool:
    """Whether a digit stands before or behind: signs of currencies do there, letters do not."""
    around = match.string[max(match.start() - 1, 0) : match.start()] + match.string[match.end() : match.end() + 1]
    return any(map(str.isdigit, around))


def _is_sane(word: str) -> bool:
    """No capital behind a small letter, which another code page makes of Cyrillic or accents; no two scripts in
    one word; and in Thai no vowel without a consonant.
    """
    is_mixed = any(c > "\u036f" and c.isalpha() and not "\u1e00" <= c <= "\u1eff" for c in word) and any(
        c.isascii() and c.isalpha() for c in word
    )
    return (
        not is_mixed and not any(a.islower() and b.isupper() for a, b in pairwise(word)) and not _ODD_THAI.search(word)
    )


def _share_in_daily_use(text: str, encoding: str) -> float:
    letters = [c for c in text if c > "\x7f"]
    daily = 0.0
    for letter in letters:
        code = letter.encode(encoding, "replace")
        daily += len(code) == 2 and any(code[0] in leads for leads in _DAILY[encoding])
    # A letter of Asia within a Latin word is an accent of another encoding.
    within = len(re.findall("(?<=[a-z])[^\x00-\x7f]|[^\x00-\x7f](?=[a-z])", text))
    score = max(daily - within / 2, 0) / len(letters) if letters else 0.0
    if encoding in {"cp932", "euc_jp"} and not any("\u3040" <= c <= "\u30ff" for c in letters):
        score *= 0.9  # a Japanese text of any length has kana
    if encoding == "cp949":  # what is Korean throughout is no accident
        return score + 0.01 if all("\uac00" <= c <= "\ud7a3" for c in letters) else score * 0.8
    return score
