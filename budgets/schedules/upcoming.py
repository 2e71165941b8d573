"""What is due and what is late, and what accounts are expected to hold until the next pay day: one statement."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from accounts.models import User
from budgets.schedules.due import LONGEST_REACH, REMEMBERED, DatedAmount, DueDay, Expected, due_days
from wealthwise.core.days import ONE_DAY
from wealthwise.core.money import ZERO
from wealthwise.core.periods import WEEKS, Cycle
from wealthwise.postgres.sql import rows_of

AHEAD: Final = 31 * ONE_DAY  # without a pay day in sight
SINCE: Final = (REMEMBERED + LONGEST_REACH) * ONE_DAY

# The schedules by schedule_owner_key and their answers by uq_schedule_answer; the rows since a while ago, and those
# booked for later, are one range of idx_transaction_covering, index-only, read once and only where something is due. A
# split, by idx_transaction_split, is one row again: what was due is the sum of its parts.
_DUE: Final = """
    WITH mine AS MATERIALIZED (
        SELECT s.id, s.account_id, upper(s.description) AS name, sign(s.amount)::integer AS direction, s.description,
               s.amount, s.is_exact, s.cycle, s.months, s.anchor, s.starts_on, a.name AS account, a.current_balance
        FROM schedule s JOIN account a ON a.user_id = s.user_id AND a.id = s.account_id AND a.is_active
        WHERE s.user_id = %(user)s AND s.state = 'active'
    ), booked AS MATERIALIZED (
        SELECT account_id, upper(description) AS name, booked_on, amount FROM transaction
        WHERE user_id = %(user)s AND booked_on >= %(since)s AND transaction_date >= %(since)s::date - 1
          AND account_id = ANY(ARRAY(SELECT account_id FROM mine))
          AND id NOT IN (SELECT s.id FROM transaction s WHERE s.user_id = %(user)s AND s.split_id IS NOT NULL)
        UNION ALL
        SELECT min(account_id), upper(min(description)), min(booked_on), sum(amount) FROM transaction
        WHERE user_id = %(user)s AND split_id IS NOT NULL AND booked_on >= %(since)s
          AND account_id = ANY(ARRAY(SELECT account_id FROM mine))
        GROUP BY split_id
    ), fitting AS (
        SELECT m.id, array_agg(b.booked_on ORDER BY b.booked_on, b.amount) AS days,
               array_agg(b.amount ORDER BY b.booked_on, b.amount) AS amounts
        FROM mine m
        JOIN booked b ON b.account_id = m.account_id AND b.name = m.name AND sign(b.amount) = m.direction
        GROUP BY m.id
    ), later AS (
        SELECT account_id, array_agg(booked_on) AS days, array_agg(amount) AS amounts FROM booked
        WHERE booked_on > %(today)s GROUP BY account_id
    ), answered AS (
        SELECT schedule_id, array_agg(due_on) AS days, array_agg(is_paid) AS paid FROM schedule_answer
        WHERE user_id = %(user)s AND due_on >= %(since)s GROUP BY schedule_id
    )
    SELECT m.id, m.account_id, m.name, m.direction, m.description, m.amount, m.is_exact, m.cycle, m.months, m.anchor,
           m.starts_on, m.account, m.current_balance, f.days, f.amounts, l.days, l.amounts, w.days, w.paid
    FROM mine m
    LEFT JOIN fitting f ON f.id = m.id
    LEFT JOIN later l ON l.account_id = m.account_id
    LEFT JOIN answered w ON w.schedule_id = m.id
    ORDER BY m.id
"""


class _Read(NamedTuple):
    id: int
    account_id: int
    name: str
    direction: int
    description: str
    amount: Decimal
    is_exact: bool
    cycle: str
    months: int | None
    anchor: date
    starts_on: date
    account: str
    current_balance: Decimal
    days: list[date] | None
    amounts: list[Decimal] | None
    later_days: list[date] | None
    later_amounts: list[Decimal] | None
    answered: list[date] | None
    paid: list[bool] | None

    def expected(self) -> Expected:
        return Expected(
            id=self.id,
            key=(self.account_id, self.name, self.direction),
            description=self.description,
            amount=self.amount,
            is_exact=self.is_exact,
            cycle=Cycle(self.cycle, self.anchor, WEEKS.get(self.cycle) or self.months or 1),
            starts_on=self.starts_on,
            answers=dict(zip(self.answered or [], self.paid or [], strict=True)),
        )

    @property
    def key(self) -> tuple[int, str, int]:
        return self.account_id, self.name, self.direction

    def rows(self) -> list[DatedAmount]:
        return [DatedAmount(*pair) for pair in zip(self.days or [], self.amounts or [], strict=True)]


class HeldAccount(NamedTuple):
    """An account that something is due in: its balance today, and what is booked for later days."""

    id: int
    name: str
    balance: Decimal
    later: list[DatedAmount]


class ExpectedBalance(NamedTuple):
    """What an account should hold at the end of ``day``, and the ``lowest`` that it should until then."""

    account_id: int
    account: str
    balance: Decimal
    lowest: Decimal


@dataclass(frozen=True)
class Upcoming:
    """All that is due around ``today`` for a person, or in one of their accounts.

    ``pay_day`` is the next day on which the largest income is due, and ``last`` that day, or without an income the end
    of the period. ``found`` are all days looked at, settled ones too.
    """

    today: date
    found: list[DueDay]
    accounts: dict[int, HeldAccount]
    pay_day: DueDay | None
    last: date

    @property
    def until(self) -> date:
        """The day for which balances are expected: the one before the pay day."""
        return self.last - ONE_DAY if self.pay_day else self.last

    @cached_property
    def open(self) -> list[DueDay]:
        return [due for due in self.found if not due.is_settled]

    @cached_property
    def late(self) -> list[DueDay]:
        return [due for due in self.open if due.day < self.today]

    @cached_property
    def coming(self) -> list[DueDay]:
        """Due today or later, up to the pay day and with it."""
        return [due for due in self.open if self.today <= due.day <= self.last]

    def narrowed(self, account_id: int) -> "Upcoming":
        """As far as it is about one account; the pay day is that of the person."""
        found = [due for due in self.found if due.schedule.account_id == account_id]
        accounts = {pk: account for pk, account in self.accounts.items() if pk == account_id}
        return replace(self, found=found, accounts=accounts)

    def balances(self) -> list[ExpectedBalance]:
        """Of each account: today's balance, what is booked for later, and what is due and still missing."""
        return [self._expected(account) for account in self.accounts.values()]

    def _expected(self, account: HeldAccount) -> ExpectedBalance:
        moves: defaultdict[date, Decimal] = defaultdict(Decimal)
        for row in account.later:
            moves[row.day] += row.amount
        for due in self.open:
            if due.schedule.account_id == account.id:
                moves[max(due.day, self.today)] += due.schedule.amount
        balance = lowest = account.balance
        for day in sorted(day for day in moves if day <= self.until):
            balance += moves[day]
            lowest = min(lowest, balance)
        return ExpectedBalance(account.id, account.name, balance, lowest)


def upcoming_of(user: User, today: date, period_end: date | None = None) -> Upcoming:
    """One statement. Without an income it looks to the end of the period, or a month ahead."""
    reads = [_Read(*row) for row in rows_of(_DUE, user=user.pk, today=today, since=today - SINCE)]
    rows = {read.key: read.rows() for read in reads}
    found = due_days(
        [read.expected() for read in reads], rows, today - REMEMBERED * ONE_DAY, today + REMEMBERED * ONE_DAY
    )
    pay_day = _pay_day(found, today)
    without_pay = period_end if period_end and today <= period_end <= today + REMEMBERED * ONE_DAY else today + AHEAD
    return Upcoming(today, found, _accounts(reads), pay_day, pay_day.day if pay_day else without_pay)


def _pay_day(found: list[DueDay], today: date) -> DueDay | None:
    coming = [due for due in found if not due.is_settled and due.schedule.amount > 0 and due.day > today]
    most = max((due.schedule.amount for due in coming), default=ZERO)
    return next((due for due in coming if due.schedule.amount == most), None)


def _accounts(reads: list[_Read]) -> dict[int, HeldAccount]:
    found: dict[int, HeldAccount] = {}
    for read in sorted(reads, key=lambda read: read.account.casefold()):
        later = [DatedAmount(*pair) for pair in zip(read.later_days or [], read.later_amounts or [], strict=True)]
        balance = read.current_balance - sum((row.amount for row in later), ZERO)
        found.setdefault(read.account_id, HeldAccount(read.account_id, read.account, balance, later))
    return found
