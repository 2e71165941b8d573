"""A year of an invented household, as plain bookings: deterministic, no ORM, nothing after its last day.

Two users in South Africa, paid on the 25th and on the 1st, whose budget runs from pay day to pay day.
Amounts are in rand; negative leaves an account.
"""

import calendar
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from wealthwise.core.days import first_of_month, months_before
from wealthwise.demo.habits import BILLS, HABITS, Filed, Habit

SEED: Final = 20260301
MONTHS: Final = 12
PAY_DAY: Final = 25
RAISE: Final = Decimal("1.06")
CARD_OPENING: Final = Decimal("9815.40")

CLOTHING: Final = ("Personal Care", "Clothing")
SALARY: Final = ("Income", "Salary")
INTEREST: Final = ("Income", "Interest")
REFUNDS: Final = ("Income", "Refunds")
OTHER_INCOME: Final = ("Income", "Other income")
HOLIDAY: Final = ("Leisure/Entertainment", "Weekend adventures")
HOME: Final = ("Housing", "Home maintenance")


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of the ledger to be. ``minute`` is the minute of the local day; ``account`` a key of ACCOUNTS."""

    day: date
    minute: int
    account: str
    amount: Decimal
    description: str
    filed: Filed | None = None
    comment: str = ""
    transfer: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A budget period from pay day to the day before the next, named by the month in which it ends."""

    name: str
    start: date
    end: date


def day_in(year: int, month: int, day: int) -> date:
    """That day, or the last one of a shorter month."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def pay_windows(today: date, count: int = 3) -> list[Window]:
    """The last ``count`` pay cycles, oldest first; the last one contains ``today``."""
    ends_in = months_before(today, -1) if today.day >= PAY_DAY else first_of_month(today)
    months = [months_before(ends_in, back) for back in range(count - 1, -1, -1)]
    return [
        Window(
            f"{month:%B %Y}",
            months_before(month, 1).replace(day=PAY_DAY),
            month.replace(day=PAY_DAY) - timedelta(days=1),
        )
        for month in months
    ]


def bookings(today: date, seed: int = SEED) -> list[Posting]:
    """Everything that happened in the twelve calendar months up to and including ``today``, oldest first."""
    rows = _Year(today, Random(seed)).rows()  # noqa: S311 - the same year again, not a secret
    kept = [row for row in rows if row.day <= today]
    return sorted(kept, key=lambda row: (row.day, row.minute))


class _Year:
    """Draws the year. The order of the draws is part of what makes it repeatable."""

    def __init__(self, today: date, rng: Random) -> None:
        self.today = today
        self.rng = rng
        self.first = months_before(today, MONTHS - 1)
        self.months = [months_before(self.first, -index) for index in range(MONTHS)]
        self.window = pay_windows(today)[-1]

    def rows(self) -> list[Posting]:
        rows = [*self.bills(), *self.habits(), *self.income(), *self.holiday(), *self.health(), *self.current()]
        rows += self.returned(rows)
        return [*rows, *self.card_payments(rows), *self.savings(), *self.withdrawals()]

    def amount(self, low: int, high: int) -> Decimal:
        """A negative amount between two whole rands, in cents; every third is a round figure."""
        cents = self.rng.randint(low * 100, high * 100)
        return -Decimal(cents - cents % 100 if cents % 3 == 0 else cents).scaleb(-2)

    def minute(self) -> int:
        return self.rng.randint(7 * 60, 20 * 60)

    def bills(self) -> Iterator[Posting]:
        for month in self.months:
            for bill in BILLS:
                spread = Decimal(100 + self.rng.randint(-bill.spread, bill.spread)) / 100
                amount = -(bill.amount * spread).quantize(Decimal("0.01"))
                day = day_in(month.year, month.month, bill.day)
                yield Posting(day, 6 * 60 + bill.day, bill.account, amount, bill.description, bill.filed)

    def habits(self) -> Iterator[Posting]:
        for offset in range((self.today - self.first).days + 1):
            day = self.first + timedelta(days=offset)
            for habit in HABITS:
                if self.rng.random() < habit.chances[day.weekday()]:
                    yield self.habit(day, habit)

    def habit(self, day: date, habit: Habit) -> Posting:
        description = self.rng.choice(habit.places)
        amount = self.amount(habit.low, habit.high)
        return Posting(day, self.minute(), habit.account, amount, description, habit.filed)

    def income(self) -> Iterator[Posting]:
        for index, month in enumerate(self.months):
            raised = RAISE if index >= 7 else Decimal(1)
            naledi = (Decimal(33400) * raised).quantize(Decimal("0.01"))
            yield Posting(month.replace(day=PAY_DAY), 300, "everyday", naledi, "Salary, Naledi", SALARY)
            yield Posting(month, 300, "everyday", Decimal("26900.00"), "Salary, Tom", SALARY)
            last = day_in(month.year, month.month, 31)
            saved = Decimal(42000 + 6000 * index)
            yield Posting(
                last, 60, "savings", (saved * Decimal("0.0055")).quantize(Decimal("0.01")), "Interest", INTEREST
            )
            if month.month % 3 == 0:
                yield Posting(last, 61, "invested", -self.amount(900, 1900), "Fund distribution", INTEREST)
            if month.month == 12:
                yield Posting(
                    day_in(month.year, 12, 15), 300, "everyday", Decimal("12500.00"), "Bonus, Tom", OTHER_INCOME
                )

    def holiday(self) -> Iterator[Posting]:
        """Ten days at the coast, five months ago."""
        start = self.months[6].replace(day=8)
        yield Posting(
            start - timedelta(days=20),
            1200,
            "card",
            Decimal("-5400.00"),
            "Seaview Guest House",
            HOLIDAY,
            "Deposit and stay",
        )
        for offset in range(10):
            place = self.rng.choice(["Boat trip", "Beach café", "Aquarium", "Surf lesson", "Farm stall"])
            yield Posting(start + timedelta(days=offset), self.minute(), "card", self.amount(120, 560), place, HOLIDAY)

    def health(self) -> Iterator[Posting]:
        """The unplanned: a dentist, part of which the medical aid pays back, and a vet."""
        day = self.months[4].replace(day=14)
        yield Posting(day, 640, "card", Decimal("-2850.00"), "Dr Mokoena, dentist", ("Health", "Doctor"), "Crown")
        back = day + timedelta(days=19)
        yield Posting(back, 320, "everyday", Decimal("1710.00"), "Medical aid, claim paid", REFUNDS)
        yield Posting(
            self.months[8].replace(day=22),
            1010,
            "card",
            Decimal("-1640.00"),
            "Parkside Vet",
            ("Once-off expenses", "Emergency"),
        )

    def current(self) -> Iterator[Posting]:
        """What makes this period need attention: a burst pipe, and card slips that nobody has filed yet."""
        day = max(self.window.start, self.today - timedelta(days=2))
        yield Posting(day, 1, "everyday", Decimal("-3850.00"), "Rapid Plumbing", HOME, "Burst pipe in the kitchen")
        for offset, slip in enumerate(["POS 4471 Koeberg Rd", "Online payment 88213", "POS 0092 Mall", "Kiosk 12"]):
            day = self.today - timedelta(days=3 + 4 * offset)
            yield Posting(day, self.minute(), "card", self.amount(45, 320), slip)
        yield Posting(self.today - timedelta(days=6), 800, "everyday", Decimal("450.00"), "Payment received, M Dube")

    def returned(self, rows: list[Posting]) -> list[Posting]:
        """Of every third piece of clothing the shop takes something back; the latest always."""
        bought = [row for row in rows if row.filed == CLOTHING and row.day <= self.today - timedelta(days=9)]
        return [
            Posting(
                row.day + timedelta(days=8),
                row.minute,
                row.account,
                -row.amount,
                f"{row.description}, return",
                CLOTHING,
            )
            for row in bought[::-3]
        ]

    def moved(self, day: date, minute: int, pair: tuple[str, str], amount: Decimal, description: str) -> list[Posting]:
        """The two legs of a transfer of ``amount`` (positive) from the first account to the second."""
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        source, target = pair
        return [
            Posting(day, minute, source, -amount, description, transfer=key),
            Posting(day, minute, target, amount, description, transfer=key),
        ]

    def card_payments(self, rows: list[Posting]) -> Iterator[Posting]:
        """Each month's card statement, paid in full on the 3rd of the next."""
        due: defaultdict[date, Decimal] = defaultdict(Decimal, {self.first: CARD_OPENING})
        for row in rows:
            if row.account == "card":
                due[months_before(row.day, -1)] -= row.amount
        for month in self.months:
            pair = ("everyday", "card")
            yield from self.moved(month.replace(day=3), 420, pair, due[month], "Credit card payment")

    def savings(self) -> Iterator[Posting]:
        for month in self.months:
            yield from self.moved(
                month.replace(day=26), 430, ("everyday", "savings"), Decimal("6000.00"), "To savings"
            )
            pair = ("everyday", "invested")
            yield from self.moved(month.replace(day=27), 431, pair, Decimal("1500.00"), "To unit trust")

    def withdrawals(self) -> Iterator[Posting]:
        for month in self.months:
            for day in (6, 19):
                amount = Decimal(self.rng.choice([300, 400]))
                yield from self.moved(
                    month.replace(day=day), self.minute(), ("everyday", "cash"), amount, "Cash withdrawal"
                )
