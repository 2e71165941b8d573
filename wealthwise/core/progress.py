"""Progress of long work: told to whoever waits; in a terminal one line that fills, and nothing in a log file."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TextIO

type Advance = Callable[[int, int], None]
"""Takes how much is done, of how much. What it raises ends the work."""

_WIDTH = 30
_STEP = 1000


def unwatched(done: int, total: int) -> None:
    """Nobody asks how far the work is."""


def watched[Item](items: Sequence[Item], advance: Advance) -> Iterator[Item]:
    """``items``, telling now and then how many have been taken."""
    return counting(items, len(items), advance)


def counting[Item](items: Iterable[Item], total: int, advance: Advance) -> Iterator[Item]:
    """The same for items whose number is known otherwise."""
    for number, item in enumerate(items):
        if number % _STEP == 0:
            advance(number, total)
        yield item
    advance(total, total)


class ProgressBar:
    """A bar of ``total`` units on ``stream``; drawn at most ten times a second, only on a terminal."""

    def __init__(self, stream: TextIO | Any, total: int, label: str) -> None:
        self.stream, self.total, self.label = stream, max(total, 1), label
        self.done = 0
        self.begun = time.monotonic()
        self._drawn = 0.0
        self._visible = bool(getattr(stream, "isatty", bool)())

    def advance(self, units: int = 1) -> None:
        self.done += units
        now = time.monotonic()
        if self._visible and (now - self._drawn > 0.1 or self.done >= self.total):
            self._drawn = now
            self._draw(now)

    def _draw(self, now: float) -> None:
        share = min(self.done / self.total, 1)
        filled = "█" * int(share * _WIDTH)
        rate = self.done / max(now - self.begun, 0.001)
        end = "\n" if self.done >= self.total else ""
        text = f"\r{self.label} {filled:·<{_WIDTH}} {share:4.0%}  {self.done:,}/{self.total:,}  {rate:,.0f}/s {end}"
        self.stream.write(text)
        self.stream.flush()


def track[Item](items: Iterable[Item], stream: TextIO | Any, total: int, label: str) -> Iterator[Item]:
    """``items``, with a bar that advances as each has been dealt with."""
    bar = ProgressBar(stream, total, label)
    for item in items:
        yield item
        bar.advance()
