"""The parts that pages of the console are made of, and how they write numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.template.defaultfilters import filesizeformat
from django.utils import timezone

GOOD, WARN, BAD, PLAIN = "good", "warn", "bad", ""
# The buttons of a row, by what the rows of a panel can be asked.
BUTTONS = {
    "maintain": [("analyze", "Analyze"), ("vacuum", "Vacuum"), ("reindex", "Reindex")],
    "cancel": [("cancel", "Cancel")],
}


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A share between 0 and 1, drawn and said."""

    label: str
    share: float
    text: str
    tone: str = PLAIN


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    number: bool = False
    tone: str = PLAIN
    share: float | None = None


@dataclass(frozen=True, slots=True)
class PanelLine:
    """A row of a table; ``target`` is what the row's buttons act on, "" without buttons."""

    cells: Sequence[Cell]
    target: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is not as it should be: a sentence for the front page, and what to do there."""

    tone: str
    text: str
    todo: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One subject: what is there, what is normal, and what to do when it is not.

    Its verdict is that of its worst alarm, and the front page tells the same alarms: no page is greener than another.
    """

    key: str
    title: str
    alarms: Sequence[Alarm]
    summary: str
    normal: str
    todo: str
    bars: Sequence[ShareBar] = ()
    head: Sequence[tuple[str, bool]] = ()
    lines: Sequence[PanelLine] = ()
    notes: Sequence[str] = field(default=())
    action: str = ""
    is_judged: bool = True

    @property
    def tone(self) -> str:
        tones = {alarm.tone for alarm in self.alarms}
        return BAD if BAD in tones else WARN if tones else GOOD if self.is_judged else PLAIN

    @property
    def address(self) -> str:
        return f"admin:{self.action}"

    @property
    def buttons(self) -> list[tuple[str, str]]:
        return BUTTONS.get(self.action, [])

    @property
    def verdict(self) -> str:
        return {GOOD: "Normal", WARN: "Look at this", BAD: "Act on this"}.get(self.tone, "For information")


def size(number: int) -> str:
    return filesizeformat(number).replace("\xa0", " ")


def count(number: int) -> str:
    return f"{number:,}"


def percent(share: float | None) -> str:
    """A share of 1 in words; never 100% for what is less."""
    if share is None:
        return "no reads yet"
    text = f"{share:.1%}"
    return "99.9%" if text == "100.0%" and share < 1 else text


def ago(timestamp: datetime | None) -> str:
    return "never" if timestamp is None else f"{duration(timezone.now() - timestamp)} ago"


def since(timestamp: datetime | None) -> str:
    return "never" if timestamp is None else duration(timezone.now() - timestamp)


def duration(span: timedelta | float) -> str:
    """The largest unit that fits: 12 s, 5 min, 3 h, 4 d."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.2f} ms"


def text(value: str, tone: str = PLAIN) -> Cell:
    return Cell(value, tone=tone)


def figure(value: str, tone: str = PLAIN, share: float | None = None) -> Cell:
    return Cell(value, number=True, tone=tone, share=share)
