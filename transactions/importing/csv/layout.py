"""How one bank lays out its CSV."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from transactions.importing.formats.rows import StatementError
from transactions.importing.formats.text import ENCODINGS
from transactions.importing.formats.values import DATE_FORMATS

MAX_COLUMNS = 100
DELIMITERS = (",", ";", "\t", "|")
AMOUNT_STYLES = ("signed", "in_out", "flagged")
THOUSANDS = ("", ",", ".", " ", "'")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How to read one bank's CSV. Columns count from 0; `skip_lines` are physical lines before the heading.

    Anything outside the bounds below raises StatementError, wherever the values came from.
    `ambiguous_dates`: every date could be day/month or month/day, so a user should confirm.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    has_header: bool = True
    skip_lines: int = 0
    date_column: int = 0
    date_format: str = "%Y-%m-%d"
    description_columns: tuple[int, ...] = ()
    comment_columns: tuple[int, ...] = ()
    amount_style: str = "signed"
    amount_column: int | None = None
    debit_column: int | None = None
    credit_column: int | None = None
    flag_column: int | None = None
    balance_column: int | None = None
    invert: bool = False
    decimal_separator: str = "."
    thousands_separator: str = ","
    ambiguous_dates: bool = False

    def __post_init__(self) -> None:
        for name in ("description_columns", "comment_columns"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check_choices()
        needed = {"signed": ("amount",), "in_out": ("debit", "credit"), "flagged": ("amount", "flag")}
        missing = [n for n in needed[self.amount_style] if getattr(self, f"{n}_column") is None]
        if missing:
            raise StatementError(f"Choose the {' and the '.join(missing)} column of this file.")
        if self.decimal_separator == self.thousands_separator:
            raise StatementError("The decimal and the thousands separator cannot be the same.")

    def _check_choices(self) -> None:
        single = (
            self.amount_column,
            self.debit_column,
            self.credit_column,
            self.flag_column,
            self.balance_column,
        )
        columns = [self.date_column, *self.description_columns, *self.comment_columns]
        columns += [column for column in single if column is not None]
        sound = (
            self.delimiter in DELIMITERS
            and self.encoding in ENCODINGS
            and self.date_format in DATE_FORMATS
            and self.amount_style in AMOUNT_STYLES
            and self.decimal_separator in (".", ",")
            and self.thousands_separator in THOUSANDS
            and all(type(number) is int and number >= 0 for number in (*columns, self.skip_lines))
            and all(type(flag) is bool for flag in (self.has_header, self.invert, self.ambiguous_dates))
            and max(columns) < MAX_COLUMNS
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
