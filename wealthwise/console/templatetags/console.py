"""Small drawings of the console: a bar for a share, a line for a month. Geometry is SVG attributes, never style."""

import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
WIDTH, HEIGHT = 120, 32


@register.filter
def coded(text: str) -> SafeString:
    """Escaped, with what stands between back quotes as code."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S308 - escaped before


@register.inclusion_tag("ops/parts/bar.html")
def share_bar(share: float, tone: str = "") -> dict[str, Any]:
    """A bar of ``share`` between 0 and 1; what it says stands beside it as text."""
    return {"width": f"{max(0.0, min(share, 1.0)) * 100:.1f}", "tone": tone}


@register.inclusion_tag("ops/parts/sparkline.html")
def sparkline(values: Sequence[float | None], label: str) -> dict[str, Any]:
    """A line through ``values`` from zero up, the last one marked; where there is none, the line has a gap."""
    highest = max((value for value in values if value is not None), default=0) or 1
    step = WIDTH / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    last = None
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            last = (round(i * step, 1), round(HEIGHT - 3 - value / highest * (HEIGHT - 6), 1))
            runs[-1].append(f"{last[0]},{last[1]}")
    return {"runs": [" ".join(run) for run in runs if run], "last": last, "label": label}
