"""How one bank lays out its CSV."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from transactions.importing.formats.days import is_date_format
from transactions.importing.formats.encodings import ENCODINGS
from transactions.importing.formats.months import LANGUAGES
from transactions.importing.formats.rows import StatementError

MAX_COLUMNS = 100
DELIMITERS = (",", ";", "\t", "|", "^", "~", "#")
AMOUNT_STYLES = ("signed", "in_out", "flagged")
THOUSANDS = ("", ",", ".", " ", "'")
# The columns that hold one value each, and those of several.
SINGLE: Final = (
    "amount_column",
    "debit_column",
    "credit_column",
    "flag_column",
    "balance_column",
    "fee_column",
    "status_column",
    "account_column",
    "currency_column",
)
SEVERAL: Final = ("description_columns", "comment_columns", "category_columns", "tag_columns")
_NEEDED: Final = {"signed": ("amount",), "in_out": ("debit", "credit"), "flagged": ("amount", "flag")}
MOST_WORDS: Final = 12
MOST_CATEGORIES: Final = 3  # columns, from the widest to the narrowest


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How to read one bank's CSV. Columns count from 0; `skip_lines` are physical lines before the heading, and
    ``last_line`` is where its table ends (0: with the file).

    Anything outside the bounds below raises StatementError, wherever the values came from. ``ambiguous_dates``: every
    date could be day/month or month/day, so a user should confirm. ``out_words`` are the values of the flag column
    that mean money out, beside ``in_words`` (None: the words that are known; empty: nobody knows yet). ``latest_day``
    is the last day that one without a year can be. ``is_guessed``: neither a heading nor a balance says which columns
    are the amounts. ``category_columns`` say what the file files a row under, the widest first, and ``tag_columns``
    its tags. A fee is taken off its row, or ``fee_is_row``: one of its own below it. Without an ``account_column`` or
    a ``currency_column`` the headings say which it is.
    A layout may still lack its columns of amounts: `must_be_whole` says which.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    has_header: bool = True
    skip_lines: int = 0
    last_line: int = 0
    date_column: int = 0
    date_format: str = "%Y-%m-%d"
    month_language: str = ""
    latest_day: str = ""
    description_columns: tuple[int, ...] = ()
    comment_columns: tuple[int, ...] = ()
    amount_style: str = "signed"
    amount_column: int | None = None
    debit_column: int | None = None
    credit_column: int | None = None
    flag_column: int | None = None
    balance_column: int | None = None
    fee_column: int | None = None
    status_column: int | None = None
    account_column: int | None = None
    currency_column: int | None = None
    category_columns: tuple[int, ...] = ()
    tag_columns: tuple[int, ...] = ()
    out_words: tuple[str, ...] | None = None
    in_words: tuple[str, ...] = ()
    invert: bool = False
    fee_is_row: bool = False
    decimal_separator: str = "."
    thousands_separator: str = ","
    ambiguous_dates: bool = False
    is_guessed: bool = False

    def __post_init__(self) -> None:
        for name in (*SEVERAL, "in_words"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.out_words is not None:
            object.__setattr__(self, "out_words", tuple(self.out_words))
        self._check_choices()
        if self.decimal_separator == self.thousands_separator:
            raise StatementError("The decimal and the thousands separator cannot be the same.")

    def must_be_whole(self) -> None:
        """Raise StatementError while a column that its style of amounts needs is not chosen."""
        missing = [n for n in _NEEDED[self.amount_style] if getattr(self, f"{n}_column") is None]
        if missing:
            raise StatementError(f"Choose the {' and the '.join(missing)} column of this file.")
        if self.amount_style == "flagged" and self.out_words == ():
            raise StatementError("Choose which words of the debit or credit column mean money out.")

    def _check_choices(self) -> None:
        columns = [self.date_column, *(column for name in SEVERAL for column in getattr(self, name))]
        columns += [column for name in SINGLE if (column := getattr(self, name)) is not None]
        words = (*(self.out_words or ()), *self.in_words)
        sound = (
            self.delimiter in DELIMITERS
            and self.encoding in ENCODINGS
            and isinstance(self.date_format, str)
            and is_date_format(self.date_format)
            and self.month_language in ("", *LANGUAGES)
            and re.fullmatch(r"(?:[12][0-9]{3}-[01][0-9]-[0-3][0-9])?", self.latest_day)
            and self.amount_style in AMOUNT_STYLES
            and self.decimal_separator in (".", ",")
            and self.thousands_separator in THOUSANDS
            and all(type(number) is int and number >= 0 for number in (*columns, self.skip_lines, self.last_line))
            and all(
                type(flag) is bool
                for flag in (
                    self.has_header,
                    self.invert,
                    self.fee_is_row,
                    self.ambiguous_dates,
                    self.is_guessed,
                )
            )
            and len(words) <= 2 * MOST_WORDS
            and all(isinstance(word, str) and len(word) <= 80 for word in words)
            and max(columns) < MAX_COLUMNS
            and len(self.category_columns) <= MOST_CATEGORIES
        )
        if not sound:
            raise StatementError("This description of a CSV file is not valid. Set its columns again.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CsvLayout":
        """The layout that `to_dict` described. Unknown keys are left out, missing ones take the default."""
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{name: value for name, value in values.items() if name in known})
        except (TypeError, AttributeError):
            raise StatementError("This description of a CSV file is not valid. Set its columns again.") from None
