"""What the file holds, section by section, in the order in which it stands there.

A row of a section that others name has a ``ref``. A reference only names a section above it, so a file can
be read from front to back. A new table of people's data is one more Section here; a test names the tables
that have a ``user_id`` and are in neither list.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models

from accounts.models import Account, User
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    CarryOver,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
)
from budgets.models.periods import PERIOD_TYPES
from transactions.models import Category, ImportBatch, SavedFilter, Subcategory, Transaction, TransferRefusal
from transactions.models.bulk_actions import BulkAction
from wealthwise.portability.export.codecs import Choice, Codec, Count, Day, Flag, Moment, Money, Reference, Text, Uuid
from wealthwise.portability.export.imports import Errors, Layout

FORMAT: Final = "wealthwise-export"
VERSION: Final = 1
NAME: Final = Text(100, required=True)
SMALL: Final = 32_767
LARGE: Final = 2_147_483_647


def everything(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    return rows


def not_waiting(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """An uploaded file that waits for its confirmation has put nothing into the ledger yet."""
    return rows.exclude(state=ImportBatch.State.UPLOADED)


@dataclass(frozen=True, slots=True)
class Field:
    """``key`` in the file, ``column`` of the model (the same name unless given), and how a value looks."""

    key: str
    codec: Codec
    column: str = ""

    @property
    def name(self) -> str:
        return self.column or self.key


@dataclass(frozen=True, slots=True)
class Section:
    """A list in the file and the table behind it. ``most`` bounds its rows when a file comes back.

    ``label`` are the fields by which a spreadsheet names a row elsewhere, ``heads`` the columns for that;
    ``order`` is the sort key, which ends in the primary key and leads through an index.
    """

    key: str
    model: type[models.Model]
    fields: tuple[Field, ...]
    label: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    most: int = 10_000
    chosen: Callable[[models.QuerySet[Any]], models.QuerySet[Any]] = field(default=everything)

    @property
    def is_named(self) -> bool:
        """Others refer to it."""
        return bool(self.label)


CREATED: Final = Field("created_at", Moment())

SECTIONS: Final = (
    Section(
        "accounts",
        Account,
        (
            Field("name", NAME),
            Field("type", Choice(Account.Type.values), "account_type"),
            Field("bank_name", Text(100)),
            Field("number_last4", Text(4, shape="[0-9]*")),
            Field("opening_balance", Money()),
            Field("is_active", Flag()),
            CREATED,
        ),
        label=("name",),
        heads=("account",),
    ),
    Section(
        "categories",
        Category,
        (
            Field("name", NAME),
            Field("kind", Choice(Category.Kind.values)),
            Field("is_template", Flag()),
            CREATED,
        ),
        label=("name",),
        heads=("category",),
    ),
    Section(
        "subcategories",
        Subcategory,
        (Field("category", Reference("categories")), Field("name", NAME), CREATED),
        label=("category", "name"),
        heads=("category", "subcategory"),
    ),
    Section(
        "imports",
        ImportBatch,
        (
            Field("account", Reference("accounts")),
            Field("file_name", Text(255)),
            Field("kind", Text(10, shape="[a-z0-9_]+")),
            Field("state", Choice(("committed", "reverted"))),
            Field("layout", Layout()),
            Field("new_count", Count(LARGE)),
            Field("duplicate_count", Count(LARGE)),
            Field("error_count", Count(LARGE)),
            Field("errors", Errors()),
            CREATED,
            Field("committed_at", Moment(null=True)),
            Field("reverted_at", Moment(null=True)),
        ),
        label=("file_name",),
        heads=("import",),
        chosen=not_waiting,
    ),
    Section(
        "recurring_income",
        RecurringIncomeSource,
        (
            Field("name", NAME),
            Field("amount", Money(signed=False)),
            Field("period_type", Choice(PERIOD_TYPES)),
            Field("is_active", Flag()),
            CREATED,
        ),
        label=("name",),
        heads=("recurring income",),
    ),
    Section(
        "recurring_allocations",
        RecurringBudgetAllocation,
        (
            Field("subcategory", Reference("subcategories")),
            Field("amount", Money(signed=False), "allocated_amount"),
            Field("period_type", Choice(PERIOD_TYPES)),
            Field("is_active", Flag()),
            CREATED,
        ),
        label=("subcategory",),
        heads=("recurring category", "recurring subcategory"),
    ),
    Section(
        "periods",
        BudgetPeriod,
        (
            Field("name", NAME),
            Field("type", Choice(PERIOD_TYPES), "period_type"),
            Field("start_date", Day()),
            Field("end_date", Day()),
            Field("is_active", Flag()),
            CREATED,
        ),
        label=("name",),
        heads=("period",),
    ),
    Section(
        "budgets",
        Budget,
        (
            Field("period", Reference("periods")),
            Field("brought_forward", Money()),
            Field("carry_over", Choice(CarryOver.values)),
            CREATED,
        ),
        label=("period",),
        heads=("period",),
    ),
    Section(
        "allocations",
        BudgetAllocation,
        (
            Field("budget", Reference("budgets")),
            Field("subcategory", Reference("subcategories")),
            Field("amount", Money(signed=False), "allocated_amount"),
            Field("is_recurring", Flag(), "is_recurring_allocation"),
            Field("recurring", Reference("recurring_allocations", null=True)),
            CREATED,
        ),
        most=200_000,
    ),
    Section(
        "income_sources",
        IncomeSource,
        (
            Field("budget", Reference("budgets")),
            Field("name", NAME),
            Field("amount", Money(signed=False)),
            Field("recurring", Reference("recurring_income", null=True)),
            CREATED,
        ),
        most=200_000,
    ),
    Section(
        "transactions",
        Transaction,
        (
            Field("date", Moment(), "transaction_date"),
            Field("description", Text(200, required=True)),
            Field("amount", Money()),
            Field("account", Reference("accounts", null=True)),
            Field("subcategory", Reference("subcategories", null=True)),
            Field("comment", Text(500)),
            Field("transfer", Uuid(), "transfer_id"),
            Field("import", Reference("imports", null=True), "import_batch"),
            Field("fingerprint", Uuid()),
            Field("occurrence", Count(SMALL, least=1, null=True)),
            CREATED,
        ),
        order=("transaction_date", "id"),
        most=2_000_000,
    ),
)
BY_KEY: Final = {section.key: section for section in SECTIONS}

# Settings that come back with the data, because amounts and days are read in them.
PERSON: Final = (
    Field("first_name", Text(150)),
    Field("last_name", Text(150)),
    Field("preferred_name", Text(150)),
    Field("country", Text(2, shape="([A-Z]{2})?")),
    Field("currency", Text(3, shape="[A-Z]{3}")),
    Field("time_zone", Text(64, required=True)),
    Field("theme", Choice(User.Theme.values)),
)
# What identifies the account it came from: told, and never taken over.
IDENTITY: Final = ("username", "email")

# Left out of the file, and gone with the rest when somebody starts over.
KEPT_BY_ID: Final = (SavedFilter, TransferRefusal, BulkAction)

# Tables with an owner that are not a person's records: derived, or keys to the account.
LEFT_OUT: Final = {
    "spending_summary": "derived from the transactions by triggers",
    "user_spending_summary": "derived, a materialized view",
    "saved_filter": "links into this database, by its ids",
    "transfer_refusal": "refused hints, by the ids of two rows",
    "bulk_action": "what undoes the last bulk change, by the ids of its rows",
    "email_verification": "mailed links",
    "password_reset_token": "mailed links",
    "account_emailaddress": "belongs to the sign-in; the address is in the person's part",
    "mfa_authenticator": "second factors must not leave",
    "usersessions_usersession": "sessions end with the account",
    "user_groups": "rights of staff",
    "user_user_permissions": "rights of staff",
    "django_admin_log": "the operator's log of the console",
}
