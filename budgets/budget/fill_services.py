"""Filling many amounts of a budget at once, each way one statement: a copy of the period before, or averages.

The average of a subcategory over 3, 6 or 12 spans is what was spent in them, refunds taken off and transfers left out,
divided by their number. They are the latest that lead up to the period, whether one was opened then or not
(`budgets.budget.spans`); where the ledger has fewer, all of them. One without spending counts as one with nothing
spent. The average is rounded to the currency's decimals, half up; one of nothing or below, where more came back than
went out, fills nothing. Allocations are filled for subcategories of expenses. A budget that plans no income yet is
given that of subcategories of income, so that what is filled in has something to be filled from.

What is archived is filled in by nothing but a way that is asked for that subcategory alone.

Both ways fill either where nothing is budgeted, which is no amount or zero, or everywhere. Amounts of
subcategories for which there is nothing to fill in stay as they are, and so do links to recurring allocations.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from budgets.budget.services import hold_budget
from budgets.budget.spans import SPANS, names_of_spans, since_first_booking, spans_before
from budgets.models import BudgetPeriod
from transactions.summaries.ranges import span_of
from wealthwise.core.days import today_of
from wealthwise.core.errors import NotFound, RefusedAmount, within_limits
from wealthwise.core.locales import counted, show_count
from wealthwise.core.money import MAX_AMOUNT, ZERO, average_in, currency_style
from wealthwise.core.periods import PeriodRange
from wealthwise.postgres.sql import rows_of, run


@dataclass(frozen=True, slots=True)
class Filled:
    """``count`` amounts were set or changed, and ``incomes`` planned, from ``source``: the period or spans."""

    count: int
    source: str
    incomes: int = 0


_HOLD_SUBCATEGORIES = """
    SELECT 1 FROM subcategory WHERE user_id = %(user)s AND (%(only)s::integer IS NULL OR id = %(only)s)
    ORDER BY id FOR KEY SHARE
"""
# All that is not archived, or the one that was asked for.
_MEANT = """
    CASE WHEN %(only)s::integer IS NULL THEN NOT (sc.is_archived OR c.is_archived) ELSE sc.id = %(only)s END
"""
# Reads idx_budget_allocation_covering, which is also the target of the upsert.
_COPY = """
    INSERT INTO budget_allocation AS a
        (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)
    SELECT b.user_id, %(budget)s, b.subcategory_id, b.allocated_amount, false FROM budget_allocation b
    JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = b.subcategory_id
    JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id
    WHERE b.user_id = %(user)s AND b.budget_id = %(source)s AND b.allocated_amount > 0 AND {meant}
    ORDER BY b.subcategory_id
    ON CONFLICT (budget_id, subcategory_id) DO UPDATE SET allocated_amount = excluded.allocated_amount
    WHERE a.allocated_amount <> excluded.allocated_amount AND (%(everywhere)s OR a.allocated_amount = 0)
""".replace("{meant}", _MEANT)
# What came in or was spent by subcategory and span: a range of idx_transaction_covering for each, index-only.
_BOOKED = """
    SELECT t.subcategory_id, c.kind, s.number, CASE c.kind WHEN 'expense' THEN -t.amount ELSE t.amount END AS amount
    FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS s (first, last, number)
    CROSS JOIN LATERAL (
        SELECT subcategory_id, sum(amount) AS amount FROM transaction
        WHERE user_id = %(user)s AND booked_on BETWEEN s.first AND s.last
          AND transaction_date >= s.first::date - 1 AND transaction_date < s.last::date + 2
          AND transfer_id IS NULL AND subcategory_id IS NOT NULL
        GROUP BY subcategory_id
    ) t
    JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = t.subcategory_id
    JOIN category c ON c.user_id = %(user)s AND c.id = sc.category_id
    WHERE {meant}
""".replace("{meant}", _MEANT)
# With the day of the first booking, as `span_of` finds it, on a row of its own.
_SPENT = (
    """
    SELECT NULL::integer, '', 0, NULL::numeric, (
        SELECT min(booked_on) FROM transaction WHERE user_id = %(user)s AND transaction_date <= (
            SELECT min(transaction_date) + interval '2 days' FROM transaction WHERE user_id = %(user)s)
    )
    UNION ALL SELECT *, NULL FROM ("""  # noqa: S608 - constants only
    + _BOOKED
    + ") booked"
)
_AVERAGE = (
    "WITH booked AS MATERIALIZED ("  # noqa: S608 - constants only
    + _BOOKED
    + """), average AS (
        SELECT subcategory_id, kind, round(sum(amount) / %(count)s, %(places)s) AS amount FROM booked GROUP BY 1, 2
    ), planned AS (
        INSERT INTO income_source (user_id, budget_id, name, amount)
        SELECT %(user)s, %(budget)s, sc.name, a.amount
        FROM average a JOIN subcategory sc ON sc.user_id = %(user)s AND sc.id = a.subcategory_id
        WHERE a.kind = 'income' AND a.amount > 0 AND a.amount <= %(most)s AND NOT EXISTS (
            SELECT 1 FROM income_source WHERE user_id = %(user)s AND budget_id = %(budget)s
        )
        RETURNING 1
    ), filled AS (
        INSERT INTO budget_allocation AS a
            (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation)
        SELECT %(user)s, %(budget)s, subcategory_id, amount, false FROM average
        WHERE kind = 'expense' AND amount > 0 AND amount <= %(most)s
        ORDER BY subcategory_id
        ON CONFLICT (budget_id, subcategory_id) DO UPDATE SET allocated_amount = excluded.allocated_amount
        WHERE a.allocated_amount <> excluded.allocated_amount AND (%(everywhere)s OR a.allocated_amount = 0)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM filled), (SELECT count(*) FROM planned)
"""
)


@transaction.atomic
def copy_allocations(*, user: User, period_id: int, everywhere: bool, only: int | None = None) -> Filled:
    """Budget what the period of the same type before this one had, for all subcategories or ``only`` one.

    Raises NotFound when there is no such period.
    """
    _, previous = _before(user, period_id)
    if not previous:
        raise NotFound("There is no earlier period of this type to copy from.")
    source = previous[0]
    _hold_subcategories(user, only)
    budget = hold_budget(user, period_id)
    wanted = {"only": only, "everywhere": everywhere, "source": source.budget.pk}
    return Filled(run(_COPY, user=user.pk, budget=budget.pk, **wanted), source.name)


@within_limits()
@transaction.atomic
def fill_by_average(*, user: User, period_id: int, spans: int, everywhere: bool, only: int | None = None) -> Filled:
    """Budget the average spending of the last ``spans`` (3, 6 or 12), for all subcategories or ``only`` one.

    Raises RefusedAmount for another number, NotFound when nothing was booked before the period.
    """
    if spans not in SPANS:
        raise RefusedAmount("Choose the average of 3, 6 or 12.")
    period, previous = _before(user, period_id)
    found = since_first_booking(spans_before(period, previous, today_of(user)), span_of(user).first)[:spans]
    if not found:
        raise NotFound("Nothing was booked before this period, so there is nothing to take an average of.")
    _hold_subcategories(user, only)
    places = currency_style(user.currency).decimals
    wanted = {"only": only, "everywhere": everywhere, "most": MAX_AMOUNT, "places": places, "count": len(found)}
    budget = hold_budget(user, period_id)
    count, incomes = rows_of(_AVERAGE, user=user.pk, budget=budget.pk, **wanted, **_bounds(found))[0]
    return Filled(count, names_of_spans(found), incomes)


@dataclass(frozen=True, slots=True)
class Averages:
    """What fill_by_average would fill in, by subcategory id: ``amounts`` to spend, and ``incomes`` of a budget that
    plans none. ``spans`` are those it is of, the latest first; in ``empty`` of them nothing was spent.
    """

    spans: list[PeriodRange]
    amounts: dict[int, Decimal]
    incomes: dict[int, Decimal]
    empty: int

    def in_words(self) -> str:
        """Which spans they are, how many, and how many of them count without spending."""
        counts = f", {counted(len(self.spans), 'period')}" if len(self.spans) > 1 else ""
        empty = f", {show_count(self.empty)} of them without spending" if self.empty else ""
        return names_of_spans(self.spans) + counts + empty


def averages(user: User, spans: list[PeriodRange], only: int | None = None) -> dict[int, Averages]:
    """By number of spans, as far as the ledger has that many and one number says something else than the one before.

    ``spans`` are the latest first. One statement.
    """
    if not spans:
        return {}
    (*_, first), *parts = rows_of(_SPENT, user=user.pk, only=only, **_bounds(spans))
    covered = since_first_booking(spans, first)
    fewer = dict(zip(SPANS, (0, *SPANS), strict=False))
    return {
        most: _averages(user, covered[:most], [part[:4] for part in parts if part[2] <= most])
        for most in SPANS
        if len(covered) > fewer[most]
    }


def _averages(user: User, spans: list[PeriodRange], parts: list[tuple[Any, ...]]) -> Averages:
    sums: dict[tuple[str, int], Decimal] = {}
    inside = [part for part in parts if part[2] <= len(spans)]
    for subcategory_id, kind, _, amount in inside:
        sums[kind, subcategory_id] = sums.get((kind, subcategory_id), ZERO) + amount
    found: dict[str, dict[int, Decimal]] = {"expense": {}, "income": {}}
    for (kind, subcategory_id), total in sums.items():
        amount = average_in(total, len(spans), user.currency)
        if ZERO < amount <= MAX_AMOUNT:
            found[kind][subcategory_id] = amount
    spent_in = {number for _, kind, number, _ in inside if kind == "expense"}
    return Averages(spans, found["expense"], found["income"], len(spans) - len(spent_in))


def _before(user: User, period_id: int) -> tuple[BudgetPeriod, list[BudgetPeriod]]:
    """A period, and those of its type before it, the latest first and no more than an average is of."""
    mine = BudgetPeriod.objects.for_user(user)
    period = mine.filter(pk=period_id).first()
    if period is None:
        raise NotFound("That period is no longer there.")
    return period, list(mine.before(period).with_budget()[: max(SPANS)])


def _bounds(spans: list[PeriodRange]) -> dict[str, Any]:
    return {"starts": [span.start for span in spans], "ends": [span.end for span in spans]}


def _hold_subcategories(user: User, only: int | None) -> None:
    run(_HOLD_SUBCATEGORIES, user=user.pk, only=only)
