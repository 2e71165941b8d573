"""What the file holds, section by section, in the order in which it stands there.

A row of a section that others name has a ``ref``. A reference only names a section above it, so a file can
be read from front to back. Which columns a section has is declared by its model (`wealthwise.core.columns`), and how
a value looks follows from its type; only what is different in the file stands here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.db import models

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
from transactions.importing.filing.categories import MOST_NAMES
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
from transactions.rules.services import MOST_RULES
from transactions.tags.services import LONGEST, MOST
from wealthwise.core.columns import exported_fields
from wealthwise.portability.export.codecs.import_batches import (
    CsvLayoutCodec,
    Errors,
    HeadingNames,
    LayoutCodec,
    StatedBalances,
)
from wealthwise.portability.export.codecs.values import (
    Choice,
    Codec,
    Count,
    Money,
    Reference,
    References,
    Text,
    codec_of,
)

FORMAT: Final = "wealthwise-export"
LEDGER: Final = "transactions"
UNSIGNED: Final = Money(signed=False)
UNSIGNED_OR_NONE: Final = Money(signed=False, null=True)


def everything(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    return rows


def not_waiting(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """An uploaded file that waits for its confirmation has put nothing into the ledger yet."""
    return rows.exclude(state=ImportBatch.State.UPLOADED)


@dataclass(frozen=True, slots=True)
class Field:
    """``key`` in the file, ``name`` of the model's field, and how a value looks."""

    key: str
    name: str
    codec: Codec


@dataclass(frozen=True)
class Section:
    """A list in the file and the table behind it. ``most`` bounds its rows when a file comes back.

    ``keys`` are names in the file, and ``codecs`` forms of values, where the column does not say them; ``first`` are
    the columns before the others. ``label`` are the fields by which a spreadsheet names a row elsewhere, ``heads`` the
    columns for that; ``order`` is the sort key, which ends in the primary key and leads through an index.
    """

    key: str
    model: type[models.Model]
    keys: Mapping[str, str] = field(default_factory=dict)
    codecs: Mapping[str, Codec] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    most: int = 10_000
    chosen: Callable[[models.QuerySet[Any]], models.QuerySet[Any]] = everything

    @property
    def is_named(self) -> bool:
        """Others refer to it."""
        return bool(self.label)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """What the model declares as exported."""
        found = {column.name: column for column in exported_fields(self.model)}
        names = [*self.first, *(name for name in found if name not in self.first)]
        return tuple(Field(self.keys.get(name, name), name, self._codec(found[name])) for name in names)

    def _codec(self, column: Any) -> Codec:
        if isinstance(column, models.ForeignKey):
            return Reference(KEY_OF[column.related_model], null=column.null)
        return self.codecs.get(column.name) or codec_of(column)


SECTIONS: Final = (
    Section(
        "accounts",
        Account,
        keys={"account_type": "type"},
        codecs={"number_last4": Text(4, shape="[0-9]*")},
        label=("name",),
        heads=("account",),
    ),
    Section("categories", Category, label=("name",), heads=("category",)),
    Section("subcategories", Subcategory, label=("category", "name"), heads=("category", "subcategory")),
    Section(
        "rules",
        Rule,
        codecs={"amount_from": UNSIGNED_OR_NONE, "amount_to": UNSIGNED_OR_NONE},
        label=("position",),
        heads=("rule",),
        most=MOST_RULES,
    ),
    Section("file_categories", FileCategory, most=MOST_NAMES),
    Section(
        "imports",
        ImportBatch,
        codecs={
            "file_name": Text(255),
            "kind": Text(10, shape="[a-z0-9_]+"),
            "state": Choice((ImportBatch.State.COMMITTED.value, ImportBatch.State.REVERTED.value)),
            "layout": LayoutCodec(),
            "errors": Errors(),
            "balances": StatedBalances(),
        },
        label=("file_name",),
        heads=("import",),
        chosen=not_waiting,
    ),
    Section(
        "import_profiles", ImportProfile, codecs={"names": HeadingNames(), "layout": CsvLayoutCodec()}, most=10_000
    ),
    Section("balance_checks", BalanceCheck, keys={"import_batch": "import"}, most=100_000),
    Section(
        "deleted_rows",
        DeletedImport,
        keys={"import_batch": "import"},
        codecs={"occurrence": Count(32_767, least=1)},
        most=2_000_000,
    ),
    Section(
        "recurring_income",
        RecurringIncomeSource,
        codecs={"amount": UNSIGNED},
        label=("name",),
        heads=("recurring income",),
    ),
    Section(
        "recurring_allocations",
        RecurringBudgetAllocation,
        keys={"allocated_amount": "amount"},
        codecs={"allocated_amount": UNSIGNED},
        label=("subcategory",),
        heads=("recurring category", "recurring subcategory"),
    ),
    Section(
        "schedules",
        Schedule,
        codecs={"months": Count(12, least=1, null=True)},
        label=("description",),
        heads=("schedule",),
    ),
    Section("schedule_answers", ScheduleAnswer, most=100_000),
    Section(
        "tags",
        Tag,
        codecs={"name": Text(LONGEST, shape=r"[^\s,#]([^,]*[^\s,])?")},
        label=("name",),
        heads=("tags",),
        most=MOST,
    ),
    Section("periods", BudgetPeriod, keys={"period_type": "type"}, label=("name",), heads=("period",)),
    Section("budgets", Budget, label=("period",), heads=("period",)),
    Section(
        "allocations",
        BudgetAllocation,
        keys={"allocated_amount": "amount", "is_recurring_allocation": "is_recurring"},
        codecs={"allocated_amount": UNSIGNED},
        most=200_000,
    ),
    Section("income_sources", IncomeSource, codecs={"amount": UNSIGNED}, most=200_000),
    Section(
        "transactions",
        Transaction,
        keys={
            "booked_on": "day",
            "booked_time": "time",
            "transaction_date": "date",
            "transfer_id": "transfer",
            "import_batch": "import",
            "filed_as_id": "filed_as",
            "rule_id": "rule",
            "tag_ids": "tags",
            "split_id": "split",
            "split_part": "part",
        },
        codecs={
            "occurrence": Count(32_767, least=1, null=True),
            "split_part": Count(32_767, least=1, null=True),
            "filed_as_id": Reference("subcategories", null=True, may_be_gone=True),
            "rule_id": Reference("rules", null=True, may_be_gone=True),
            "tag_ids": References("tags", null=True),
        },
        first=("booked_on", "booked_time", "transaction_date", "description", "amount"),
        order=("booked_on", "transaction_date", "id"),
        most=2_000_000,
    ),
)
BY_KEY: Final = {section.key: section for section in SECTIONS}
KEY_OF: Final = {section.model: section.key for section in SECTIONS}

# What identifies the account it came from: told, and never taken over.
IDENTITY: Final = ("username", "email")
# The rest of the user: settings that come back with the data, because amounts and days are read in them.
PERSON: Final = Section(
    "person", User, codecs={"country": Text(2, shape="([A-Z]{2})?"), "currency": Text(3, shape="[A-Z]{3}")}
)
SETTINGS: Final = tuple(each for each in PERSON.fields if each.name not in IDENTITY)
