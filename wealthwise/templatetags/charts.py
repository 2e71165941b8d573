"""A line chart in Django's template language, for the page of an account that is still written in it."""

from django import template
from django.template import engines
from django.utils.safestring import SafeString

from wealthwise.core.charts.data import Chart

register = template.Library()


@register.simple_tag
def line_chart(chart: Chart) -> SafeString:
    macros = engines["jinja2"].env.get_template("macros/charts.html").module  # type: ignore[attr-defined]
    return macros.line(chart)  # type: ignore[no-any-return]
