"""Where it went: spending by category, and inside one by subcategory."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.models import User
from budgets.reports.ranges import Asked, Link
from budgets.reports.report import TOTAL, Report, ReportCell, ReportFigure, ReportRow, ReportTable, money, share
from transactions.models import Category
from transactions.search.links import rows_url, spent_url
from transactions.summaries.ranges import FILED_BY_MONTH, NAMED, SPENT, DateRange, by_month
from wealthwise.core.charts.data import Donut, Slice
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class SpendingPart:
    """One category, or one subcategory of a category; id None: uncategorised."""

    id: int | None
    name: str
    spent: Decimal


_BY_PART: Final = """{filed}
    SELECT {part}.id, coalesce({part}.name, 'Uncategorised'), sum({spent}) AS spent
    FROM filed f {named}
    WHERE %(category)s::integer IS NULL OR c.id = %(category)s
    GROUP BY 1, 2 HAVING sum({spent}) <> 0
    ORDER BY spent DESC, 2
"""
_CATEGORIES, _SUBCATEGORIES = (
    _BY_PART.format(filed=FILED_BY_MONTH, part=part, spent=SPENT, named=NAMED) for part in ("c", "sc")
)


def spending_by_part(user: User, date_range: DateRange, category_id: int | None = None) -> list[SpendingPart]:
    """Spending by category, or by the subcategories of one expense category; most first, nothing spent no row."""
    statement = _SUBCATEGORIES if category_id else _CATEGORIES
    return [SpendingPart(*row) for row in rows_of(statement, category=category_id, **by_month(user, date_range))]


def report(asked: Asked) -> Report:
    """By category; with ``category``, inside that one of the user's own. From there on it is transactions."""
    category = _category(asked)
    lede = f"{category.name}, by subcategory." if category else "Where the money went. Open a category to see inside."
    crumb = Link("All categories", asked.url(category=None)) if category else None
    inside = category.pk if category else None
    found = [] if asked.is_outside else spending_by_part(asked.user, asked.shown, inside)
    heading = category.name if category else ""
    if not found:
        return Report(lede, crumb=crumb, heading=heading)
    currency = asked.user.currency
    total = sum((part.spent for part in found), ZERO)
    everything = spent_url(asked.date_range, inside) if category else rows_url(asked.date_range, direction="spending")
    slices = [Slice(part.name, part.spent, _inside(asked, part, category)) for part in found]
    rows = [_part_row(asked, part, category, total) for part in found]
    foot = ReportRow(TOTAL, [money(total, currency, everything), share(total, total)])
    names = ("Subcategory" if category else "Category", "Spent", "Share")
    return Report(
        lede,
        heading=heading,
        crumb=crumb,
        figures=[ReportFigure("Spent", total, asked.in_words, everything)],
        donut=Donut("Where it went", slices, currency, "spent"),
        table=ReportTable(names, rows, foot),
    )


def _category(asked: Asked) -> Category | None:
    if not asked.data.get("category"):
        return None
    return get_object_or_404(Category.objects.for_user(asked.user), pk=asked.number("category"))


def _part_row(asked: Asked, part: SpendingPart, category: Category | None, total: Decimal) -> ReportRow:
    cells = [money(part.spent, asked.user.currency, _rows_of_part(asked, part, category)), share(part.spent, total)]
    return ReportRow(ReportCell(part.name, part.name, _inside(asked, part, category)), cells)


def _rows_of_part(asked: Asked, part: SpendingPart, category: Category | None) -> str:
    return rows_url(asked.date_range, subcategory=part.id) if category else spent_url(asked.date_range, part.id)


def _inside(asked: Asked, part: SpendingPart, category: Category | None) -> str:
    """Where the name leads: into the category; from a subcategory, and what has none, to the rows."""
    if category or part.id is None:
        return _rows_of_part(asked, part, category)
    return reverse("reports:where") + asked.url(category=part.id)
