"""A CSV while it is read: what was made of its records so far."""

from dataclasses import dataclass, field
from datetime import date

from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import Record, Sheet
from transactions.importing.csv.running import RunningRow
from transactions.importing.csv.signs import Signs
from transactions.importing.csv.stock import LeftOut
from transactions.importing.formats.rows import RowError, RowNote, StatementRow


@dataclass(slots=True)
class Reading:
    """Rows with their records and how far these speak of balances (`words_in`), the balances beside them (None beside
    an error), and what was left out. ``days`` are those that were read already: a file has few.
    """

    sheet: Sheet
    layout: CsvLayout
    signs: Signs
    rows: list[StatementRow] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    running: list[RunningRow | None] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notes: list[RowNote] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    pending: list[StatementRow] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)
