"""Reads an export from front to back without holding it: one row at a time, with its line.

The file may come from anywhere. What is too long, too deep or no JSON ends in Broken with the line.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from wealthwise.core.errors import DomainError

LONGEST_ROW: Final = 512 * 1024  # characters; the refused lines of one import fit
_MOST_KEYS: Final = 50
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_decoder: Final = json.JSONDecoder()


class Broken(DomainError):
    """The file is no JSON, or none that can be an export."""


class Piece(NamedTuple):
    """A row of the list ``key`` with its number from 0, or with None the value of ``key`` itself."""

    key: str
    number: int | None
    line: int
    value: Any


def pieces(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """Everything in the object that the file is. A list that is empty is one piece with the value []."""
    text = _Text(chunks)
    text.take("{", "The file does not begin like an export, with “{”.")
    for count in range(_MOST_KEYS + 1):
        if count == _MOST_KEYS:
            raise Broken("The file has more parts than an export has.")
        key = text.value()
        if not isinstance(key, str):
            raise Broken(f"Line {text.line}: a name in quotation marks is missing.")
        text.take(":", f"Line {text.line}: “:” is missing after “{key[:50]}”.")
        yield from _part(text, key)
        if text.next() == "}":
            text.take("}", "")
            break
        text.take(",", f"Line {text.line}: “,” is missing.")
    if not text.is_over():
        raise Broken(f"Line {text.line}: something follows the end of the export.")


def _part(text: "_Text", key: str) -> Iterator[Piece]:
    if text.next() != "[":
        line = text.line
        yield Piece(key, None, line, text.value())
        return
    text.take("[", "")
    if text.next() == "]":
        yield Piece(key, None, text.line, [])
    number = 0
    while text.next() != "]":
        if number:
            text.take(",", f"Line {text.line}: “,” is missing between two rows.")
            text.next()
        line = text.line
        yield Piece(key, number, line, text.value())
        number += 1
    text.take("]", "")


class _Text:
    """The decoded text from where reading stands, and the line that is."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._ended = "", 0, False
        self.line = 1

    def _more(self) -> bool:
        """Append the next chunk; False at the end of the file."""
        if self._ended:
            return False
        chunk = next(self._chunks, None)
        self._ended = chunk is None
        try:
            added = self._decode.decode(chunk or b"", final=self._ended)
        except UnicodeDecodeError:
            raise Broken(f"The file is not UTF-8 text, somewhere after line {self.line}.") from None
        self._text, self._at = self._text[self._at :] + added, 0
        return not self._ended or bool(added)

    def is_over(self) -> bool:
        """Skip white space; True when nothing else is left."""
        while True:
            start = self._at
            self._at = _SPACE.match(self._text, start).end()  # type: ignore[union-attr]  # matches anywhere
            self.line += self._text.count("\n", start, self._at)
            if self._at < len(self._text):
                return False
            if not self._more():
                return True

    def next(self) -> str:
        """The next character that says something."""
        if self._at < len(self._text) and self._text[self._at] not in " \t\r\n":
            return self._text[self._at]
        if self.is_over():
            raise Broken("The file ends too early. It may not have been downloaded completely.")
        return self._text[self._at]

    def take(self, character: str, otherwise: str) -> None:
        if self.next() != character:
            raise Broken(otherwise)
        self._at += 1

    def value(self) -> Any:
        """The next JSON value. One that reaches the end of what was read may go on in the next chunk."""
        self.next()
        while True:
            try:
                found, end = _decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise Broken(f"Line {self.line} is nested too deeply.") from None
            except ValueError as error:
                if len(self._text) - self._at <= LONGEST_ROW and self._more():
                    continue
                raise self._fault(error) from None
            if end - self._at > LONGEST_ROW:
                raise Broken(f"Line {self.line}: a row is longer than any that an export has.")
            if end == len(self._text) and self._more():
                continue
            self.line += self._text.count("\n", self._at, end)
            self._at = end
            return found

    def _fault(self, error: ValueError) -> Broken:
        if len(self._text) - self._at > LONGEST_ROW:
            return Broken(f"Line {self.line}: this row is longer than any that an export has, or is not JSON.")
        position = getattr(error, "pos", self._at)
        line = self.line + self._text.count("\n", self._at, position)
        return Broken(f"Line {line} is not JSON. The file may not have been downloaded completely.")
