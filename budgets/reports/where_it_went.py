"""Where it went: spending by category, and inside one by subcategory."""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.models import User
from budgets.reports.ranges import Asked, Link, day_in_words
from budgets.reports.report import TOTAL, Report, ReportCell, ReportFigure, ReportRow, ReportTable, money, share
from transactions.models import Category
from transactions.summaries.ranges import EVERYTHING, FILED_BY_MONTH, NAMED, SPENT, DateRange, Narrowed, by_month
from wealthwise.core.charts.data import Donut, Slice
from wealthwise.core.money import ZERO
from wealthwise.postgres.sql import rows_of


class SpendingPart(NamedTuple):
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


def spending_by_part(
    user: User, date_range: DateRange, category_id: int | None = None, only: Narrowed = EVERYTHING
) -> list[SpendingPart]:
    """Spending by category, or by the subcategories of one expense category; most first, nothing spent no row."""
    statement = _SUBCATEGORIES if category_id else _CATEGORIES
    rows = rows_of(statement, category=category_id, **by_month(user, date_range, only))
    return [SpendingPart(*row) for row in rows]


def report(asked: Asked) -> Report:
    """By category; with ``category``, inside that one of the user's own. From there on it is transactions."""
    category, compared = _category(asked), asked.compared
    lede = f"{category.name}, by subcategory." if category else "Where the money went. Open a category to see inside."
    if compared:
        lede = f"{lede} Compared with {day_in_words(compared.start)} – {day_in_words(compared.end)}."
    crumb = Link("All categories", asked.url(category=None)) if category else None
    inside = category.pk if category else None
    found = [] if asked.is_outside else spending_by_part(asked.user, asked.shown, inside, asked.only)
    before = spending_by_part(asked.user, compared, inside, asked.only) if compared else []
    heading = category.name if category else ""
    switches: dict[str, Any] = {"switches": asked.comparisons(), "switch_label": "Compared"}
    if not found and not before:
        return Report(lede, crumb=crumb, heading=heading, **switches)
    parts = [*found, *(part._replace(spent=ZERO) for part in before if part.id not in {each.id for each in found})]
    currency = asked.user.currency
    total = sum((part.spent for part in parts), ZERO)
    slices = [Slice(part.name, part.spent, _inside(asked, part, category)) for part in found]
    was = {part.id: part.spent for part in before}
    rows = [_part_row(asked, part, category, total, was.get(part.id, ZERO)) for part in parts]
    everything = _everything(asked, asked.date_range, inside)
    cells = [money(total, currency, everything), share(total, total)]
    if compared:
        cells += _change(total, sum(was.values(), ZERO), currency, _everything(asked, compared, inside))
    names = ("Subcategory" if category else "Category", "Spent", "Share", *(("Before", "Change") if compared else ()))
    return Report(
        lede,
        heading=heading,
        crumb=crumb,
        figures=[ReportFigure("Spent", total, asked.in_words, everything)],
        donut=Donut("Where it went", slices, currency, "spent"),
        table=ReportTable(names, rows, ReportRow(TOTAL, cells)),
        **switches,
    )


def _everything(asked: Asked, days: DateRange, inside: int | None) -> str:
    return asked.spent(days, inside) if inside else asked.rows(days, direction="spending")


def _change(now: Decimal, before: Decimal, currency: str, href: str) -> list[ReportCell]:
    """What was spent in the days compared with, and how much more it is now."""
    return [money(before, currency, href), money(now - before, currency, sign=True)]


def _category(asked: Asked) -> Category | None:
    if not asked.data.get("category"):
        return None
    return get_object_or_404(Category.objects.for_user(asked.user), pk=asked.number("category"))


def _part_row(
    asked: Asked, part: SpendingPart, category: Category | None, total: Decimal, before: Decimal
) -> ReportRow:
    currency = asked.user.currency
    cells = [money(part.spent, currency, _rows_of_part(asked, part, category)), share(part.spent, total)]
    if asked.compared:
        cells += _change(part.spent, before, currency, _rows_of_part(asked, part, category, asked.compared))
    return ReportRow(ReportCell(part.name, part.name, _inside(asked, part, category)), cells)


def _rows_of_part(asked: Asked, part: SpendingPart, category: Category | None, days: DateRange | None = None) -> str:
    days = days or asked.date_range
    return asked.rows(days, subcategory=part.id) if category else asked.spent(days, part.id)


def _inside(asked: Asked, part: SpendingPart, category: Category | None) -> str:
    """Where the name leads: into the category; from a subcategory, and what has none, to the rows."""
    if category or part.id is None:
        return _rows_of_part(asked, part, category)
    return reverse("reports:where") + asked.url(category=part.id)
