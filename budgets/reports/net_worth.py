"""Net worth over time: today's balances, walked back along the ledger in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.urls import reverse

from accounts.models import User
from budgets.reports.buckets import bucket_label, by_unit
from budgets.reports.ranges import Asked, day_in_words
from budgets.reports.report import NOTHING, Empty, Report, ReportCell, ReportFigure, ReportRow, ReportTable, money
from transactions.search.links import rows_url
from transactions.summaries.ranges import DateRange
from wealthwise.core.charts.data import Chart, Series
from wealthwise.core.days import ONE_DAY
from wealthwise.core.money import ZERO, format_money
from wealthwise.postgres.sql import rows_of

LEDE: Final = "What you own less what you owe, at the end of each month."


@dataclass(frozen=True, slots=True)
class WorthPoint:
    """Balances at the end of ``day``: ``owned`` the sum of those above zero, ``owed`` of those below, positive."""

    day: date
    owned: Decimal
    owed: Decimal

    @property
    def net(self) -> Decimal:
        return self.owned - self.owed


@dataclass(frozen=True, slots=True)
class Worth:
    """``later`` is the sum of what open accounts have booked after the last point; the rest counts accounts, those
    that were closed among the days shown by themselves.
    """

    points: list[WorthPoint]
    later: Decimal
    accounts: int
    closed_meanwhile: int


# moved: one range scan of idx_transaction_covering, from the first day on.
_WORTH: Final = """
    WITH point AS (
        SELECT %(start)s::date - 1 AS day
        UNION ALL
        SELECT least((first + ('1 ' || %(unit)s)::interval - interval '1 day')::date, %(end)s::date) AS day
        FROM generate_series(date_trunc(%(unit)s, %(start)s::timestamp), %(end)s::timestamp,
                             ('1 ' || %(unit)s)::interval) AS buckets (first)
    ), place AS (
        SELECT id, current_balance, coalesce(closed_on, 'infinity') AS closed_on FROM account
        WHERE user_id = %(user)s AND (is_active OR closed_on >= %(start)s)
    ), moved AS (
        SELECT account_id,
               greatest(date_trunc('month', booked_on)::date, %(start)s) AS first,
               booked_on > %(end)s AS is_later, sum(amount) AS amount
        FROM transaction
        WHERE user_id = %(user)s AND booked_on >= %(start)s
          AND transaction_date >= %(start)s::date - 1 AND account_id IS NOT NULL
        GROUP BY 1, 2, 3
    ), balance AS (
        SELECT p.day, a.current_balance - coalesce(sum(m.amount), 0) AS amount
        FROM point p CROSS JOIN place a
        LEFT JOIN moved m ON m.account_id = a.id AND (m.is_later OR m.first > p.day)
        WHERE a.closed_on > p.day
        GROUP BY p.day, a.id, a.current_balance
    )
    SELECT p.day, coalesce(sum(b.amount) FILTER (WHERE b.amount > 0), 0),
           coalesce(-sum(b.amount) FILTER (WHERE b.amount < 0), 0),
           (SELECT coalesce(sum(m.amount), 0) FROM moved m JOIN place a ON a.id = m.account_id
            WHERE m.is_later AND a.closed_on = 'infinity'),
           (SELECT count(*) FROM place), (SELECT count(*) FROM place WHERE closed_on < 'infinity')
    FROM point p LEFT JOIN balance b ON b.day = p.day
    GROUP BY p.day ORDER BY p.day
"""


def net_worth_over_time(user: User, date_range: DateRange, unit: str = "month") -> Worth:
    """Net worth on the day before the range, at each end of a ``unit`` (month, year), and on its last day.

    A balance at the end of a day is the current one less all that is booked after it, transfers included; an
    opening balance counts from the beginning. An account counts until the day before it was closed.
    """
    rows = rows_of(_WORTH, user=user.pk, unit=unit, start=date_range.start, end=date_range.end)
    points = [WorthPoint(*row[:3]) for row in rows]
    later, accounts, closed = rows[0][3:] if rows else (ZERO, 0, 0)
    return Worth(points, later, accounts, closed)


def report(asked: Asked) -> Report:
    days = asked.shown.part(asked.shown.start, asked.today)
    worth = net_worth_over_time(asked.user, days, asked.calendar_unit) if days.end >= days.start else None
    if worth is None or not worth.accounts:
        return Report(LEDE, empty=None if worth is None else _no_accounts())
    first, last = worth.points[0], worth.points[-1]
    change = last.net - first.net
    figures = [
        ReportFigure("Net worth", last.net, f"as of {day_in_words(last.day)}", reverse("accounts:list")),
        ReportFigure("Owned", last.owned, "accounts above zero"),
        ReportFigure("Owed", last.owed, "accounts below zero"),
    ]
    if len(worth.points) > 1:
        tone = "income" if change > 0 else "over" if change < 0 else ""
        since = f"since {day_in_words(first.day)}"
        figures.append(ReportFigure("Change", change, since, rows_url(days), tone, sign=True))
    return Report(
        LEDE,
        figures=figures,
        line=_worth_chart(asked, worth.points),
        table=_worth_table(asked, worth.points),
        switches=by_unit(asked),
        switch_label="Steps",
        notes=_worth_notes(worth, asked.user.currency),
    )


def _no_accounts() -> Empty:
    return Empty(
        "No open accounts",
        "Add the places where your money sits to see what you are worth.",
        reverse("accounts:add"),
        "Add account",
        "building-library",
    )


def _worth_chart(asked: Asked, points: Sequence[WorthPoint]) -> Chart:
    labels = [bucket_label(asked, point.day) for point in points]
    return Chart("Net worth", labels, [Series("Net worth", [point.net for point in points])], asked.user.currency)


def _worth_table(asked: Asked, points: Sequence[WorthPoint]) -> ReportTable:
    currency = asked.user.currency
    rows = []
    for number, point in enumerate(points):
        change = point.net - points[number - 1].net if number else None
        since = DateRange(points[number - 1].day + ONE_DAY, point.day)
        rows.append(
            ReportRow(
                ReportCell(day_in_words(point.day), point.day, rows_url(since) if number else ""),
                [
                    money(point.owned, currency),
                    money(point.owed, currency),
                    money(point.net, currency),
                    NOTHING if change is None else money(change, currency, sign=True),
                ],
            )
        )
    return ReportTable(("At the end of", "Owned", "Owed", "Net worth", "Change"), rows)


def _worth_notes(worth: Worth, currency: str) -> list[str]:
    notes = [
        "Figured from today's balances back along the ledger. A day leads to what was booked since the one above; "
        "transfers between open accounts change nothing."
    ]
    if worth.later:
        later = format_money(worth.later, currency, sign=True)
        notes.append(f"{later} is booked for later days and not in these figures.")
    if count := worth.closed_meanwhile:
        counts = "account counts until it" if count == 1 else "accounts count until they"
        notes.append(f"{count} {counts} {'was' if count == 1 else 'were'} closed.")
    return notes
