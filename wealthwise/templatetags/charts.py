"""The charts of `macros/charts.html` in Django's template language, for the pages that are still written in it."""

from typing import Any

from django import template
from django.template import engines

from wealthwise.core.charts.data import Bars, Chart, Donut

register = template.Library()


def _macros() -> Any:
    return engines["jinja2"].env.get_template("macros/charts.html").module  # type: ignore[attr-defined]


@register.simple_tag
def column_chart(chart: Chart, *, table: bool = True) -> Any:
    return _macros().column(chart, table)


@register.simple_tag
def line_chart(chart: Chart, *, table: bool = True) -> Any:
    return _macros().line(chart, table)


@register.simple_tag
def donut_chart(donut: Donut, *, table: bool = True) -> Any:
    return _macros().donut(donut, table)


@register.simple_tag
def bars_chart(bars: Bars) -> Any:
    return _macros().bars(bars)
