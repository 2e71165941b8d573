"""Loops that cost a page milliseconds as templates, as plain string building: options of a select, rows of a table.

A template resolves, localizes and escapes each variable in some microseconds; a page with three selects and fifty
rows has thousands. Everything that is not marked safe is escaped here.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"


def text(value: object) -> str:
    """``value`` as HTML."""
    return value if isinstance(value, SafeString) else escape(str(value))


def link(label: object, href: str) -> str:
    """``label``, leading to ``href`` where there is one."""
    return f'<a href="{escape(href)}">{text(label)}</a>' if href else text(label)


def attributes(given: Mapping[str, Any]) -> str:
    """As Django writes them: nothing for False, only the name for True."""
    return "".join(
        f" {name}" if value is True else f' {name}="{text(value)}"'
        for name, value in given.items()
        if value is not False
    )


def options(groups: Iterable[tuple[str | None, Iterable[tuple[object, object]]]]) -> SafeString:
    """Options of a select from (group, [(value, label)]); without a group's name they stand alone."""
    parts = []
    for group, members in groups:
        inside = "".join(f'<option value="{text(value)}">{text(label)}</option>' for value, label in members)
        parts.append(f'<optgroup label="{text(group)}">{inside}</optgroup>' if group else inside)
    return mark_safe("".join(parts))


class FormRenderer(TemplatesSetting):
    """Forms by templates, except the select, whose template would be rendered again for each option."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)  # type: ignore[no-any-return]


def _select(widget: dict[str, Any]) -> SafeString:
    parts = [f'<select name="{text(widget["name"])}"{attributes(widget["attrs"])}>']
    for group, members, _ in widget["optgroups"]:
        inside = "".join(
            f'<option value="{text(option["value"])}"{attributes(option["attrs"])}>{text(option["label"])}</option>'
            for option in members
        )
        parts.append(f'<optgroup label="{text(group)}">{inside}</optgroup>' if group else inside)
    return mark_safe("".join([*parts, "</select>"]))


def table_rows(rows: Iterable[tuple[object, Sequence[tuple[object, str]], str]]) -> SafeString:
    """Rows of figures: (heading, [(cell, href)], href of the heading)."""
    return mark_safe(
        "".join(
            f'<tr><th scope="row">{link(heading, href)}</th>'
            + "".join(f'<td class="num">{link(cell, to)}</td>' for cell, to in cells)
            + "</tr>"
            for heading, cells, href in rows
        )
    )


def band_groups(bands: Iterable[Any]) -> SafeString:
    """The bands of a chart (`core.charts.shapes.Band`): what is pointed at, with its rectangles and its sentence."""
    return mark_safe("".join(_band(band) for band in bands))


def _band(band: Any) -> str:
    words = text(band.text)
    hit = f'<title>{words}</title><rect class="chart-hit" x="{band.x}" y="0" width="{band.width}" height="200"/>'
    drawn = "".join(
        f'<rect class="tone-{r.tone}" x="{r.x}" y="{r.y}" width="{r.width}" height="{r.height}" rx="2"/>'
        for r in band.rects
    )
    if band.href:
        return f'<a href="{text(band.href)}" aria-label="{words}">{hit}{drawn}</a>'
    return f"<g>{hit}{drawn}</g>"


def spans(labels: Iterable[str]) -> SafeString:
    """The labels of an axis."""
    return mark_safe("".join(f"<span>{text(label)}</span>" for label in labels))


def grid_lines(heights: Iterable[str]) -> SafeString:
    """Lines across a chart."""
    return mark_safe("".join(f'<path class="chart-grid" d="M0 {y}H600"/>' for y in heights))


def ring(arcs: Iterable[Any]) -> SafeString:
    """The slices of a donut (`wealthwise.core.charts.shapes.Arc`)."""
    return mark_safe(
        "".join(
            f'<circle class="tone-{arc.tone}" cx="100" cy="100" r="82" pathLength="100" stroke-dasharray="{arc.dash}" '
            f'stroke-dashoffset="{arc.offset}" transform="rotate(-90 100 100)">'
            f"<title>{text(arc.label)} {text(arc.amount)}</title></circle>"
            for arc in arcs
        )
    )


def ring_legend(arcs: Iterable[Any]) -> SafeString:
    """Each slice by name, amount and share, leading to what is inside where there is an address."""
    return mark_safe("".join(f"<li>{_slice(arc)}</li>" for arc in arcs))


def _slice(arc: Any) -> str:
    words = (
        f'<span class="swatch tone-{arc.tone}"></span><span class="donut-label">{text(arc.label)}</span>'
        f'<span class="donut-amount">{text(arc.amount)}</span><b>{text(arc.percent)}</b>'
    )
    return f'<a href="{text(arc.href)}">{words}</a>' if arc.href else f"<span>{words}</span>"
