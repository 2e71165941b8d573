"""Names are what people typed: none of them becomes markup on the dashboard."""

from decimal import Decimal

from budgets.dashboard.cards import BudgetBar, RowLine, Stat
from budgets.dashboard.dashboard_html import budget_bars, rows, stat_tiles

EVIL, SHOWN = "<script>\"'&", "&lt;script&gt;&quot;&#x27;&amp;"


def test_every_text_of_a_tile_is_escaped() -> None:
    html = stat_tiles([Stat(EVIL, EVIL, EVIL, EVIL, "over")])
    assert (html.count(SHOWN), html.count(EVIL)) == (4, 0)
    assert 'class="stat-value amount over"' in html


def test_a_long_figure_is_set_smaller() -> None:
    assert "is-long" not in stat_tiles([Stat("Spent", "1234567890123", "", "/")])
    assert 'class="stat-value amount  is-long"' in stat_tiles([Stat("Spent", "12345678901234", "", "/")])


def test_every_text_of_a_bar_is_escaped() -> None:
    html = budget_bars([BudgetBar(EVIL, Decimal(1), Decimal(2), EVIL, EVIL, EVIL, True, EVIL)])
    assert (html.count(SHOWN.replace("&#x27;", "&#39;")) + html.count(SHOWN), html.count(EVIL)) == (5, 0)
    assert 'class="budget-note amount over"' in html


def test_every_text_of_a_row_is_escaped() -> None:
    html = rows([RowLine(EVIL, EVIL, EVIL, EVIL, "income"), RowLine("Cash", "", "$1.00", "/a")])
    assert (html.count(SHOWN), html.count(EVIL)) == (4, 0)
    assert 'amount income">' in html
    assert 'amount">$1.00' in html
