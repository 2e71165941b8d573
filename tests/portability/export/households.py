"""Random households, and an export kept in memory."""

import io
import json
import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Account, User
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    Schedule,
    ScheduleAnswer,
)
from budgets.models.schedules import SCHEDULE_STATES
from tests.factories import booked_at
from transactions.importing.csv.layout import CsvLayout
from transactions.ledger.services import Booking
from transactions.models import (
    BalanceCheck,
    Category,
    DeletedImport,
    FileCategory,
    ImportBatch,
    ImportProfile,
    Rule,
    Subcategory,
    Tag,
    Transaction,
)
from transactions.splits.services import SplitPart, split
from wealthwise.portability.export.codecs.values import Text
from wealthwise.portability.export.exported_rows import snapshot
from wealthwise.portability.export.json_writer import write_json
from wealthwise.portability.export.sections import SECTIONS, Section

STRANGE = [
    "Corner shop", "=1+1", "+27 82", "-5", "@x", "\tTab", "\rReturn", "Müller & Söhne <b>", 'He said "no", twice',
    "line\nbreak", "\u2028", "🦉", "'quoted", "\\N", "\\.", "x" * 100, "null",
]  # fmt: skip
TYPES = ["monthly", "quarterly", "yearly", "custom"]


def export(user: User) -> bytes:
    file = io.BytesIO()
    with snapshot(user):
        write_json(user, file)
    return file.getvalue()


def told(data: bytes) -> dict[str, Any]:
    """What an export says, without what belongs to the account it came from and to the timestamp."""
    content: dict[str, Any] = json.loads(data)
    content.pop("exported_at")
    content.pop("site_records", None)
    for name in ("username", "email"):
        content["person"].pop(name)
    return content


def richest_household(user: User) -> None:
    """One with every section and every field; always the same, so that its export is."""
    household = Household(user, 138)
    for section in SECTIONS:
        known = next(field.name for field in section.fields if field.name in ("created_at", "checked_at", "kept_at"))
        household.rows(section).update(**{known: datetime(2026, 1, 1, tzinfo=UTC)})


class Household:
    """Everything that a user can have, by the numbers of ``seed``."""

    def __init__(self, user: User, seed: int) -> None:
        self.user, self.dice = user, random.Random(seed)
        user.time_zone = self.dice.choice(["Africa/Johannesburg", "America/New_York", "Asia/Kolkata", "UTC"])
        user.currency, user.country = self.dice.choice(["ZAR", "JPY"]), self.dice.choice(["", "ZA"])
        user.preferred_name, user.theme = self.dice.choice(["", "Ada"]), self.dice.choice(["dark", "system"])
        user.save()
        self.accounts = [self.account(n) for n in range(self.dice.randint(0, 4))]
        self.filed = self.categories()
        self.batches = self.imports() if self.accounts else []
        self.profiles()
        self.checks()
        self.filed_by = self.rules()
        self.names()
        self.plan()
        self.ledger(self.dice.randint(0, 40))
        self.due()
        self.tags()
        self.splits()
        self.fill_texts()

    def rows(self, section: Section) -> Any:
        return section.model._default_manager.filter(user_id=self.user.pk)

    def fill_texts(self) -> None:
        """Columns of text that nothing above knows, as new ones are, have a text too."""
        for section in SECTIONS:
            for field in section.fields:
                is_open = isinstance(field.codec, Text) and not field.codec.required and not field.codec.shape
                if is_open and not self.rows(section).exclude(**{field.name: ""}).exists():
                    self.rows(section).update(**{field.name: STRANGE[0]})

    def amount(self) -> Decimal:
        return Decimal(self.dice.choice([1, 99, 1250, 999_999, self.dice.randint(1, 10**8)])).scaleb(-2)

    def timestamp(self) -> datetime:
        return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=self.dice.randint(0, 10**7), microseconds=7)

    def name(self, number: int) -> str:
        return f"{self.dice.choice(STRANGE)[:90]} {number}"

    def account(self, number: int) -> Account:
        is_active = self.dice.random() < 0.7
        return Account.objects.create(
            user=self.user,
            name=self.dice.choice(STRANGE),  # two may be the same
            account_type=self.dice.choice(Account.Type.values),
            bank_name=self.dice.choice(["", "Bank"]),
            number_last4=self.dice.choice(["", "0042"]),
            anchored_on=self.timestamp().date(),
            anchor_balance=self.amount() * self.dice.choice([1, -1, 0]),
            is_active=is_active,
            closed_on=None if is_active else self.timestamp().date(),
            import_key=f"account {number}",
            created_at=self.timestamp(),
        )

    def categories(self) -> list[Subcategory]:
        made = []
        for number in range(self.dice.randint(0, 3)):
            category = Category.objects.create(
                user=self.user,
                name=self.name(number),
                kind=self.dice.choice(["expense", "income"]),
                is_template=self.dice.random() < 0.5,
            )
            for below in range(self.dice.randint(0, 3)):
                made.append(Subcategory.objects.create(user=self.user, category=category, name=self.name(below)))
        return made

    def imports(self) -> list[ImportBatch]:
        layouts = {
            "csv": {**CsvLayout(amount_column=2).to_dict(), "names": ["Date", "Sum"], "written": ["1:2", "3"]},
            "qif": {"day_first": True, "ambiguous_dates": False, "written": ["1:2", "3"]},
        }
        return [
            ImportBatch.objects.create(
                user=self.user,
                account=self.dice.choice(self.accounts),
                file_name=self.dice.choice(STRANGE),
                kind=kind,
                state=self.dice.choice(["committed", "reverted"]),
                layout=layouts.get(kind, {}),
                balances=[["2024-02-01", "-12.50"]] if kind == "csv" else [],
                new_count=self.dice.randint(0, 9),
                errors=[{"line": 3, "reason": "no date", "text": "?"}] * self.dice.randint(0, 2),
                committed_at=self.timestamp(),
                reverted_at=self.dice.choice([None, self.timestamp()]),
            )
            for kind in self.dice.choices(["csv", "ofx", "qif", "camt"], k=self.dice.randint(0, 3))
        ]

    def profiles(self) -> None:
        """How files of some accounts are read, of two kinds."""
        for account in self.accounts[::2]:
            for names in (["Date", "Text", "Sum"], [f"{name} {n}"[:60] for n, name in enumerate(STRANGE[:3])]):
                layout = CsvLayout(amount_column=2, invert=self.dice.random() < 0.5).to_dict()
                ImportProfile.objects.create(
                    user=self.user, account=account, name=self.name(1)[:60], names=names, layout=layout
                )

    def rules(self) -> list[Rule]:
        """One for each subcategory, in all ways; without dice, so that the rest of the household stays as it is."""
        ways = ["contains", "equals", "pattern"]
        return [
            Rule.objects.create(
                user=self.user,
                position=2 * number + 1,
                how=ways[number % 3],
                text=STRANGE[number][:90],
                direction=["", "in", "out"][number % 3],
                amount_from=Decimal("1.50") if number % 2 else None,
                amount_to=Decimal(20) * (number + 1) if number % 2 else None,
                account=self.accounts[number % len(self.accounts)] if self.accounts and number % 2 else None,
                subcategory=filed,
            )
            for number, filed in enumerate(self.filed)
        ]

    def names(self) -> None:
        """What files call the subcategories, and a name that means none."""
        for number, filed in enumerate([*self.filed, None]):
            FileCategory.objects.create(user=self.user, name=f"{STRANGE[number]}: {number}", subcategory=filed)

    def tags(self) -> None:
        """Two tags, each on some rows, and both on one; without dice, as the rules."""
        made = [Tag.objects.create(user=self.user, name=name) for name in ("Journey", "Ünïcode")]
        rows = list(Transaction.objects.filter(user=self.user).order_by("pk").values_list("pk", flat=True))
        for number, pk in enumerate(rows):
            if ids := [tag.pk for place, tag in enumerate(made) if number % (3 + place) == 0]:
                Transaction.objects.filter(user=self.user, pk=pk).update(tag_ids=ids)

    def splits(self) -> None:
        """Some rows in two parts; without dice, as the rules."""
        mine = Transaction.objects.filter(user=self.user, transfer_id=None).exclude(amount=0)
        for number, row in enumerate(mine.order_by("pk")[::5]):
            parts = [SplitPart(id=row.pk, amount=Decimal("0.01"), comment="=1"), SplitPart(amount=abs(row.amount))]
            booking = Booking(
                amount=abs(row.amount) + Decimal("0.01"), is_income=row.amount > 0, description=row.description,
                day=row.booked_on, clock=row.booked_time, account=row.account,
            )  # fmt: skip
            split(user=self.user, row_id=row.pk, booking=booking, parts=parts, agreed=True)
            key = uuid.UUID(int=5000 + number)
            again = Transaction.objects.filter(user=self.user, split_id=Transaction.objects.get(pk=row.pk).split_id)
            again.update(split_id=key, description=row.description)

    def checks(self) -> None:
        """One that was typed for each account, and one by each file; what is agreed reconciles the account."""
        outcomes = [choice.value for choice in BalanceCheck.Outcome]
        pairs = [(account, None) for account in self.accounts] + [(batch.account, batch) for batch in self.batches]
        for number, (account, batch) in enumerate(pairs):
            BalanceCheck.objects.create(
                user=self.user,
                account=account,
                day=date(2024, 3, 1) + timedelta(days=number),
                stated=Decimal("12.50") * number,
                ledger=Decimal(-3),
                outcome=outcomes[number % len(outcomes)],
                import_batch=batch,
                checked_at=datetime(2024, 5, 1, tzinfo=UTC),
            )
        for account in self.accounts:
            agreed = BalanceCheck.objects.for_user(self.user).filter(account=account).agreed().first()
            Account.objects.filter(pk=account.pk).update(reconciled_to=agreed and agreed.day)

    def plan(self) -> None:
        income = [
            RecurringIncomeSource.objects.create(
                user=self.user, name=self.name(n), amount=self.amount(), period_type=self.dice.choice(TYPES)
            )
            for n in range(self.dice.randint(0, 3))
        ]
        allocations = [
            RecurringBudgetAllocation.objects.create(
                user=self.user, subcategory=filed, allocated_amount=self.amount(), is_active=self.dice.random() < 0.8
            )
            for filed in self.filed
            if self.dice.random() < 0.6
        ]
        for number in range(self.dice.randint(0, 4)):
            self.period(number, income, allocations)

    def due(self) -> None:
        for number, account in enumerate(self.accounts):
            due = Schedule.objects.create(
                user=self.user, account=account, subcategory=[*self.filed, None][0],
                description=self.name(number), amount=self.amount() + 1, is_exact=number % 2 == 0,
                cycle="two_weeks" if number % 2 else "day", months=None if number % 2 else 3,
                anchor=date(2024, 1, 31), starts_on=date(2024, 4, 30), state=self.dice.choice(SCHEDULE_STATES),
            )  # fmt: skip
            ScheduleAnswer.objects.create(
                user=self.user, schedule=due, due_on=date(2024, 4, 30), is_paid=number % 2 == 1
            )

    def period(
        self, number: int, income: list[RecurringIncomeSource], allocations: list[RecurringBudgetAllocation]
    ) -> None:
        start = date(2024, 1, 25) + timedelta(days=40 * number)
        period = BudgetPeriod.objects.create(
            user=self.user, name=self.name(number), start_date=start, end_date=start + timedelta(days=30),
            period_type=self.dice.choice(TYPES), is_active=number == 1,
            cycle="day" if number % 2 else "", cycle_anchor=start if number % 2 else None,
            chosen_at=datetime(2026, 1, 1, tzinfo=UTC) if number == 1 else None,
        )  # fmt: skip
        budget = Budget.objects.create(
            user=self.user,
            period=period,
            brought_forward=self.amount() * -1,
            carry_over=self.dice.choice(["none", "surplus", "both"]),
            carry_by="subcategory" if number % 2 else "period",
        )
        for filed in self.filed:
            origin = next((row for row in allocations if row.subcategory_id == filed.pk), None)
            BudgetAllocation.objects.create(
                user=self.user, budget=budget, subcategory=filed, allocated_amount=self.amount(), recurring=origin,
                is_recurring_allocation=origin is not None, carry_over="missing" if number % 2 else "",
            )  # fmt: skip
        for source in [*income, None]:
            IncomeSource.objects.create(
                user=self.user, budget=budget, name=self.name(0), amount=self.amount(), recurring=source
            )

    def ledger(self, size: int) -> None:
        rows: list[Transaction] = []
        for number in range(size):
            shared = {
                "user": self.user,
                "description": self.dice.choice(STRANGE),
                **booked_at(self.user, self.timestamp()),
            }
            if len(self.accounts) > 1 and self.dice.random() < 0.2:
                out, into = self.dice.sample(self.accounts, 2)
                amount, transfer = self.amount(), uuid.UUID(int=self.dice.getrandbits(128))
                rows.append(Transaction(account=out, amount=-amount, transfer_id=transfer, **shared))
                rows.append(Transaction(account=into, amount=amount, transfer_id=transfer, **shared))
                continue
            rows.append(
                Transaction(
                    amount=self.amount() * self.dice.choice([1, -1, -1]),
                    account=self.dice.choice([None, *self.accounts]),
                    subcategory=[*self.filed, None][0],
                    comment=self.dice.choice(["", *STRANGE]),
                    **shared,
                )
            )
            if self.batches and self.dice.random() < 0.4:
                rows[-1].import_batch = self.dice.choice(self.batches)
                rows[-1].fingerprint, rows[-1].occurrence = uuid.UUID(int=number // 2), 1 + number % 2
                rows[-1].filed_as_id = rows[-1].subcategory_id
            if self.filed_by and number % 3 == 0:
                rule = self.filed_by[number % len(self.filed_by)]
                rows[-1].filed_as_id, rows[-1].rule_id = rule.subcategory_id, rule.pk
        Transaction.objects.bulk_create(rows)
        DeletedImport.objects.bulk_create(
            DeletedImport(user=self.user, import_batch=batch, fingerprint=uuid.UUID(int=9000 + number), occurrence=1)
            for number, batch in enumerate([*self.batches, None])
        )
