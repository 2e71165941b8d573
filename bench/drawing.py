"""Bar charts as SVG files for the documents: readable on light and dark pages, without a library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, ROW, GAP, TOP = 720, 190, 16, 14, 44
TONES = ("#2f7d5d", "#8a8f98", "#b4552d")


@dataclass(frozen=True, slots=True)
class Bars:
    """One group of bars a label: ``values`` in the order of the series, None for what was not measured."""

    label: str
    values: tuple[float | None, ...]


def bar_chart(title: str, series: Sequence[str], groups: Sequence[Bars], *, unit: str) -> str:
    """Horizontal bars to one linear scale, each with its figure; a bar too short to see is a line."""
    highest = max((value for group in groups for value in group.values if value), default=1)
    height = TOP + len(groups) * (ROW * len(series) + GAP) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="#767b84"><title>{escape(title)}</title>',
        *_legend(series),
    ]
    y = TOP
    for group in groups:
        middle = y + ROW * len(series) / 2 + 4
        parts.append(f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end">{escape(group.label)}</text>')
        for tone, value in zip(TONES, group.values, strict=False):
            parts.append(_bar(y, value, highest, tone, unit))
            y += ROW
        y += GAP
    return "\n".join([*parts, "</svg>\n"])


def _bar(y: int, value: float | None, highest: float, tone: str, unit: str) -> str:
    if value is None:
        return f'<text x="{LEFT + 6}" y="{y + 12}">not measured</text>'
    width = max(value / highest * (WIDTH - LEFT - 90), 1)
    return (
        f'<rect x="{LEFT}" y="{y + 1}" width="{width:.1f}" height="{ROW - 3}" rx="2" fill="{tone}"/>'
        f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{figure(value)} {escape(unit)}</text>'
    )


def _legend(series: Sequence[str]) -> list[str]:
    parts, x = [], LEFT
    for tone, name in zip(TONES, series, strict=False):
        parts.append(f'<rect x="{x}" y="14" width="10" height="10" rx="2" fill="{tone}"/>')
        parts.append(f'<text x="{x + 16}" y="23">{escape(name)}</text>')
        x += 40 + 7 * len(name)
    return parts


def figure(value: float) -> str:
    """Two or three digits that mean something: 0.42, 4.2, 42.1, 4,200."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"
