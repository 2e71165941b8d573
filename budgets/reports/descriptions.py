"""Top descriptions: what most was spent on, or earned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from accounts.models import User
from budgets.reports.ranges import Asked, Link
from budgets.reports.report import NOTHING, Report, ReportCell, ReportRow, ReportTable, money
from transactions.summaries.ranges import EARNED, EVERYTHING, NAMED, NARROWED, SPENT, DateRange, Narrowed
from wealthwise.core.charts.data import Bars, Slice
from wealthwise.core.locales import show_count
from wealthwise.core.money import average_in
from wealthwise.postgres.sql import rows_of

TOP: Final = 50
DRAWN: Final = 10
KINDS: Final = {"expense": "Spending", "income": "Income"}
DIRECTION: Final = {"expense": "spending", "income": "earnings"}


@dataclass(frozen=True, slots=True)
class DescriptionSum:
    """All rows of one description, whatever its case; ``amount`` is spent or earned, as was asked."""

    description: str
    entries: int
    amount: Decimal


# One range scan of idx_transaction_covering, which holds the description too. Of spellings that differ in case the
# one with most small letters is shown: "Market" rather than "MARKET".
_DESCRIBED: Final = """
    WITH filed AS (
        SELECT upper(description) AS name, subcategory_id, max(description COLLATE "C") AS description,
               sum(amount) AS net, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS received,
               count(*) AS entries, count(*) FILTER (WHERE {sign}) AS signed
        FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN %(start)s AND %(end)s
          AND transaction_date >= %(start)s::date - 1 AND transaction_date < %(end)s::date + 2 AND transfer_id IS NULL
          AND {narrowed}
        GROUP BY 1, 2
    )
    SELECT max(f.description), sum(CASE WHEN c.id IS NULL THEN f.signed ELSE f.entries END)::bigint, sum({amount})
    FROM filed f {named}
    WHERE c.kind IS NULL OR c.kind = %(kind)s
    GROUP BY f.name HAVING sum({amount}) <> 0
    ORDER BY 3 DESC, 1 LIMIT %(limit)s
"""
_SPENT_ON = _DESCRIBED.format(sign="amount < 0", amount=SPENT, named=NAMED, narrowed=NARROWED)
_EARNED_FROM = _DESCRIBED.format(sign="amount > 0", amount=EARNED, named=NAMED, narrowed=NARROWED)


def top_descriptions(
    user: User, date_range: DateRange, kind: str = "expense", limit: int = TOP, only: Narrowed = EVERYTHING
) -> list[DescriptionSum]:
    """What most was spent on (kind expense) or earned from (income), in one scan of the range."""
    statement = _EARNED_FROM if kind == "income" else _SPENT_ON
    days = {"start": date_range.start, "end": date_range.end}
    rows = rows_of(statement, user=user.pk, account=only.account, tag=only.tag, kind=kind, limit=limit, **days)
    return [DescriptionSum(*row) for row in rows]


def report(asked: Asked) -> Report:
    kind = asked.data.get("kind", "")
    kind = kind if kind in KINDS else "expense"
    verb = "came from" if kind == "income" else "was spent on"
    lede = f"What most {verb}, by description, whatever its case."
    switches = [Link(label, asked.url(kind=name), name == kind) for name, label in KINDS.items()]
    found = [] if asked.is_outside else top_descriptions(asked.user, asked.shown, kind, only=asked.only)
    if not found:
        return Report(lede, switches=switches, switch_label="Kind")
    notes = [f"The {TOP} with most. All others are in the transaction list."] if len(found) == TOP else []
    links = [asked.rows(asked.date_range, description=row.description, direction=DIRECTION[kind]) for row in found]
    slices = [Slice(row.description, row.amount, link) for row, link in zip(found, links, strict=True)][:DRAWN]
    return Report(
        lede,
        bars=Bars(
            f"The {len(slices)} with most" if len(slices) > 1 else "The one with most", slices, asked.user.currency
        ),
        table=_description_table(asked, found, links, kind),
        switches=switches,
        switch_label="Kind",
        notes=notes,
    )


def _average(asked: Asked, row: DescriptionSum) -> ReportCell:
    currency = asked.user.currency
    return money(average_in(row.amount, row.entries, currency), currency)


def _description_table(asked: Asked, found: Sequence[DescriptionSum], links: list[str], kind: str) -> ReportTable:
    rows = [
        ReportRow(
            ReportCell(row.description, row.description),
            [
                ReportCell(show_count(row.entries), row.entries),
                money(row.amount, asked.user.currency, link),
                _average(asked, row) if row.entries else NOTHING,
            ],
        )
        for row, link in zip(found, links, strict=True)
    ]
    names = ("Description", "Transactions", "Earned" if kind == "income" else "Spent", "On average")
    return ReportTable(names, rows)
