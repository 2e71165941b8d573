"""Texts as a search compares them, by functions of the database: the same for what is stored and what was typed."""

import re
import unicodedata
from typing import Final

from django.db import models
from django.db.models import Func, Value


class Words(Func):
    """A description and a comment in small letters without accents, as the index of words has them."""

    function = "transaction_words"
    output_field = models.TextField()


class HasWord(Func):
    """Whether a description or a comment holds ``typed``, whatever capitals, accents and number of blanks."""

    template = "%(expressions)s"
    arg_joiner = " LIKE "
    output_field = models.BooleanField()

    def __init__(self, typed: str, *texts: str) -> None:
        super().__init__(Words(*texts), _Pattern(Value(typed)))


class _Pattern(Func):
    function = "transaction_like"
    output_field = models.TextField()


_MARKS: Final = re.compile("[\u0300-\u036f]+")
_BLANKS: Final = re.compile(" {2,}")
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i"}
)


def folded(text: str) -> str:
    """``text`` as transaction_folded of the database has it, for names that are compared here."""
    if text.isascii() and "  " not in text:
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text).lower())
    return _BLANKS.sub(" ", bare).translate(_LETTERS)
