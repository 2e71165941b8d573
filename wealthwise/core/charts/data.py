"""Charts as plain data: what they show. How they are drawn is in `drawing`, their markup in `macros/charts.html`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """One run of values; `tone` names a colour: income, expense, accent, good, bad, warn, muted.

    Fewer values than labels is legal (a period that is not over yet). `hrefs`, if given, has the URL of the
    rows behind each value, for the table.
    """

    name: str
    values: Sequence[Decimal]
    tone: str = "accent"
    hrefs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A column or line chart; `hrefs`, if given, has one URL (or "") per label.

    `stacked` columns stand on each other; those below zero hang below each other.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    currency: str
    hrefs: Sequence[str] = ()
    stacked: bool = False

    @property
    def values(self) -> list[Decimal]:
        return [value for series in self.series for value in series.values[: len(self.labels)]]

    @property
    def is_empty(self) -> bool:
        """Nothing that could be drawn: no values, or only zeros."""
        return not any(self.values)

    @property
    def is_linked(self) -> bool:
        return any(self.hrefs)


@dataclass(frozen=True, slots=True)
class Slice:
    """`href` is where its name leads, `rows` the URL of the rows behind its value, for the table."""

    label: str
    value: Decimal
    href: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Donut:
    title: str
    slices: Sequence[Slice]
    currency: str
    total_label: str = "total"


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one below the other in the order given."""

    title: str
    slices: Sequence[Slice]
    currency: str
