"""Server-rendered SVG charts, each with its data as a table, unless the page has that table itself (table=False)."""

from decimal import Decimal
from typing import Any

from django import template

from wealthwise.core.charts import shapes
from wealthwise.core.money import format_money
from wealthwise.core.rendering import band_groups, grid_lines, ring, ring_legend, spans, table_rows

register = template.Library()


def _frame(chart: shapes.Chart, axis: shapes.Axis, *, table: bool, has_columns: bool) -> dict[str, Any]:
    labels = shapes.axis_labels(chart.labels)
    letters = sum(len(label) for label in labels)
    return {
        "chart": chart,
        "axis": axis,
        "grid": grid_lines(axis.lines),
        "heights": spans(axis.labels),
        "bands": band_groups(shapes.bands(chart, axis, has_columns=has_columns)),
        "is_linked": any(chart.hrefs),
        "labels": spans(labels),
        "is_sampled": len(labels) < len(chart.labels),
        "is_dense": letters > 30,
        "is_wide": letters > 60,
        **_table(shapes.chart_table(chart) if table else None),
    }


def _table(table: shapes.Table | None) -> dict[str, Any]:
    return {"table": table, "table_rows": table_rows(table.rows) if table else ""}


@register.inclusion_tag("components/column_chart.html")
def column_chart(chart: shapes.Chart, *, table: bool = True) -> dict[str, Any]:
    return _frame(chart, shapes.value_axis(chart.extent), table=table, has_columns=True)


@register.inclusion_tag("components/line_chart.html")
def line_chart(chart: shapes.Chart, *, table: bool = True) -> dict[str, Any]:
    axis = shapes.value_axis(chart.values, from_zero=False)
    return _frame(chart, axis, table=table, has_columns=False) | {"lines": shapes.lines(chart, axis)}


@register.inclusion_tag("components/donut_chart.html")
def donut_chart(donut: shapes.Donut, *, table: bool = True) -> dict[str, Any]:
    """The ring shows what is above zero; the figure inside is the sum of exactly that."""
    arcs = shapes.arcs(donut)
    drawn = sum((item.value for item in donut.slices if item.value > 0), Decimal(0))
    total = format_money(drawn, donut.currency)
    return {
        "donut": donut,
        "ring": ring(arcs),
        "legend": ring_legend(arcs),
        "total": total,
        "total_size": "large" if len(total) < 10 else "medium" if len(total) < 14 else "small",
        "left_out": [item.label for item in donut.slices if item.value < 0],
        **_table(shapes.donut_table(donut) if table else None),
    }


@register.inclusion_tag("components/bars_chart.html")
def bars_chart(bars: shapes.Bars) -> dict[str, Any]:
    """Its figures stand beside the bars, so it needs no table of its own."""
    return {"title": bars.title, "bars": shapes.horizontal_bars(bars)}
