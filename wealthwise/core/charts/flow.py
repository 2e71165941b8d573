"""How a picture of flows is drawn: sources on the left, what they go into on the right, ribbons between.

Places are percentages of a box, so that labels beside the ribbons are plain text of one size on every screen. The
ribbons share one scale: a place has room for its label, and its ribbon is as thick as its share of the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from wealthwise.core.charts.data import Slice
from wealthwise.core.charts.drawing import MAX_SLICES, number, percent
from wealthwise.core.money import ZERO, format_money

WHOLE: Final = Decimal(100)
LEAST: Final = Decimal(11)  # of the height, so that two lines of text fit
LONGEST_LABEL: Final = 16


@dataclass(frozen=True, slots=True)
class Flow:
    """Both sides add up to the same; values are above zero."""

    title: str
    sources: Sequence[Slice]
    targets: Sequence[Slice]
    currency: str


class Stream(NamedTuple):
    """One place with its ribbon: ``y`` is the middle of its label in percent, ``path`` is in a box of 100 by 100."""

    label: str
    short: str
    amount: str
    share: str
    href: str
    tone: str
    y: str
    path: str


class FlowPicture(NamedTuple):
    sources: list[Stream]
    targets: list[Stream]
    middle: tuple[str, str]
    total: str


def picture(flow: Flow) -> FlowPicture:
    """Both sides, the largest first; what is beyond MAX_SLICES becomes one "Other"."""
    sides = [_largest(flow.sources), _largest(flow.targets)]
    total = sum((item.value for item in sides[0]), ZERO)
    rooms = [_rooms(side, total) for side in sides]
    pairs = [pair for side, room in zip(sides, rooms, strict=True) for pair in zip(side, room, strict=True)]
    scale = min(room / item.value for item, room in pairs)
    left, right = (_streams(flow, side, room, scale) for side, room in zip(sides, rooms, strict=True))
    top = (WHOLE - total * scale) / 2
    return FlowPicture(
        [stream(is_left=True) for stream in left],
        [stream(is_left=False) for stream in right],
        (number(top), number(total * scale)),
        format_money(total, flow.currency),
    )


class _Placed(NamedTuple):
    item: Slice
    currency: str
    share: Decimal
    order: int
    middle: Decimal
    inner: Decimal
    thick: Decimal

    def __call__(self, *, is_left: bool) -> Stream:
        outer, inner, half = self.middle, self.inner, self.thick / 2
        ends = (outer, inner) if is_left else (inner, outer)
        tops, bottoms = [number(end - half) for end in ends], [number(end + half) for end in ends]
        begin, end = ("0", "47") if is_left else ("53", "100")
        bend = "23.5" if is_left else "76.5"
        path = (
            f"M{begin} {tops[0]}C{bend} {tops[0]} {bend} {tops[1]} {end} {tops[1]}"
            f"V{bottoms[1]}C{bend} {bottoms[1]} {bend} {bottoms[0]} {begin} {bottoms[0]}Z"
        )
        label = self.item.label
        short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"
        tone = "income" if is_left else "muted" if self.order == MAX_SLICES else f"slice-{self.order}"
        amount = format_money(self.item.value, self.currency)
        return Stream(label, short, amount, percent(self.share), self.item.href, tone, number(self.middle), path)


def _largest(items: Sequence[Slice]) -> list[Slice]:
    kept = sorted((item for item in items if item.value > 0), key=lambda item: -item.value)
    if len(kept) > MAX_SLICES:
        rest = sum((item.value for item in kept[MAX_SLICES - 1 :]), ZERO)
        kept = [*kept[: MAX_SLICES - 1], Slice("Other", rest)]
    return kept


def _rooms(side: Sequence[Slice], total: Decimal) -> list[Decimal]:
    """How high each place is: as its share, but no lower than its label; together the whole height."""
    rooms = [max(item.value / total * WHOLE, LEAST) for item in side]
    over, spare = sum(rooms, ZERO) - WHOLE, sum((room - LEAST for room in rooms), ZERO)
    if over > 0 and spare > 0:
        rooms = [room - (room - LEAST) * over / spare for room in rooms]
    return rooms


def _streams(flow: Flow, side: Sequence[Slice], rooms: Sequence[Decimal], scale: Decimal) -> list[_Placed]:
    total = sum((item.value for item in side), ZERO)
    above, inner, found = ZERO, (WHOLE - total * scale) / 2, []
    for order, (item, room) in enumerate(zip(side, rooms, strict=True), start=1):
        thick = item.value * scale
        share = item.value / total * 100
        found.append(_Placed(item, flow.currency, share, order, above + room / 2, inner + thick / 2, thick))
        above, inner = above + room, inner + thick
    return found
