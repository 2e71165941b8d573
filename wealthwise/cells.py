"""Text for the cells of a spreadsheet."""

from typing import Final

# What makes Excel, LibreOffice or Google Sheets read a cell of a CSV as a formula.
STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """``text`` for a CSV cell: an apostrophe goes before what a spreadsheet would take for a formula.

    For text that people typed. Amounts are numbers and are written as they are: -12.50 is no formula.
    """
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
