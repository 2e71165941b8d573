"""What repeats on the dashboard, as HTML: its bars and its rows. Built as strings, see `wealthwise.core.rendering`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

from wealthwise.core.rendering import text
from wealthwise.templatetags.ui import bar

if TYPE_CHECKING:
    from budgets.dashboard.cards import BudgetBar, RowLine, Stat

LONG = 13  # letters of a figure that is set smaller


def stat_tiles(stats: "Iterable[Stat]") -> SafeString:
    return mark_safe(
        "".join(
            f'<a class="stat" href="{text(stat.href)}"><span class="stat-label">{text(stat.label)}</span>'
            f'<span class="stat-value amount {stat.tone}{" is-long" if len(stat.value) > LONG else ""}">'
            f'{text(stat.value)}</span><span class="stat-note">{text(stat.note)}</span></a>'
            for stat in stats
        )
    )


def budget_bars(bars: "Iterable[BudgetBar]") -> SafeString:
    return mark_safe(
        "".join(
            f'<li><a class="budget-bar" href="{text(line.href)}"><span class="budget-name">{text(line.name)}</span>'
            f'<span class="budget-note amount{" over" if line.is_over else ""}">{text(line.note)}</span>'
            f'{bar(line.spent, line.allocated, line.label)}<span class="budget-figures">{text(line.figures)}</span>'
            "</a></li>"
            for line in bars
        )
    )


def rows(lines: "Iterable[RowLine]") -> SafeString:
    return mark_safe(
        "".join(
            f'<li class="row"><a class="row-main" href="{text(line.href)}">{text(line.name)}</a>'
            f'<span class="row-sub">{text(line.detail)}</span>'
            f'<span class="row-end amount{line.tone and f" {line.tone}"}">{text(line.amount)}</span></li>'
            for line in lines
        )
    )
