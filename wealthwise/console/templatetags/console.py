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
def sparkline(values: Sequence[int], label: str) -> dict[str, Any]:
    """A line through ``values`` from zero up, the last one marked."""
    highest = max([*values, 1])
    step = WIDTH / max(len(values) - 1, 1)
    points = [(round(i * step, 1), round(HEIGHT - 3 - v / highest * (HEIGHT - 6), 1)) for i, v in enumerate(values)]
    return {"points": " ".join(f"{x},{y}" for x, y in points), "last": points[-1] if points else None, "label": label}
