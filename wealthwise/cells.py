"""Cells of files that people open in a spreadsheet."""

from typing import Final

# With one of these in front, a spreadsheet takes text for a formula and runs it.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """``text`` as a spreadsheet shows it and never runs it: an apostrophe in front of what begins a formula.

    For text only. Numbers are written as numbers, so that −5 stays one.
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
