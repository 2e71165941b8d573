"""Every index of the database plan, and every other index of the schema, as data.

The plan lists some indexes twice and some as a prefix of another. Each of its lines is either
``Built`` under its own name or ``ServedBy`` the index that leads with the same columns; nothing is built
twice. ``indexes.py`` holds this module against the live catalog.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """An index as the catalog shows it: key parts (" DESC" where descending), payload, predicate."""

    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    predicate: str = ""
    unique: bool = False
    method: str = "btree"
    nulls_distinct: bool = True


@dataclass(frozen=True, slots=True)
class Built:
    """Built under the plan's name; ``more`` is the shape where it does more than the plan's line asks."""

    more: Shape | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class ServedBy:
    """Not built, since ``name`` leads with the same columns under an equal or wider predicate."""

    name: str


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """One index line of the plan: its section, name, table and shape, and how it is served."""

    section: str
    name: str
    table: str
    shape: Shape
    how: Built | ServedBy = field(default_factory=Built)

    @property
    def built(self) -> Shape:
        """The shape that the catalog must show under this name."""
        return (isinstance(self.how, Built) and self.how.more) or self.shape


@dataclass(frozen=True, slots=True)
class OtherIndex:
    """An index that the plan does not name, and the statement it is there for."""

    name: str
    table: str
    shape: Shape
    purpose: str


def _on(*columns: str, **rest: object) -> Shape:
    return Shape(columns, **rest)  # type: ignore[arg-type]


def _active(*columns: str, unique: bool = False) -> Shape:
    return Shape(columns, predicate="is_active", unique=unique)


PAYLOAD = ("amount", "description", "subcategory_id")
LIST_SHAPE = Shape(("user_id", "transaction_date DESC", "id DESC"), include=(*PAYLOAD, "account_id", "transfer_id"))
LIST_REASON = "id in the key pages without a sort; two payload columns more keep list and totals index-only"
ALLOCATION_PAYLOAD = ("allocated_amount", "is_recurring_allocation")
ALLOCATION_SHAPE = Shape(("budget_id", "subcategory_id"), include=ALLOCATION_PAYLOAD, unique=True)

FOREIGN_KEYS = (
    PlanIndex("1.1", "idx_transaction_user_id", "transaction", _on("user_id"), ServedBy("idx_transaction_covering")),
    PlanIndex(
        "1.1",
        "idx_transaction_subcategory_id",
        "transaction",
        _on("subcategory_id"),
        ServedBy("idx_transaction_subcategory_date_range"),
    ),
    PlanIndex("1.1", "idx_subcategory_category_id", "subcategory", _on("category_id")),
    PlanIndex("1.1", "idx_category_user_id", "category", _on("user_id"), ServedBy("category_owner_key")),
    PlanIndex("1.1", "idx_budget_user_id", "budget", _on("user_id"), ServedBy("idx_budget_user_period")),
    PlanIndex("1.1", "idx_budget_period_id", "budget", _on("period_id"), ServedBy("budget_period_id_key")),
    PlanIndex(
        "1.1",
        "idx_budget_period_user_id",
        "budget_period",
        _on("user_id"),
        ServedBy("budget_period_owner_key"),
    ),
    PlanIndex(
        "1.1",
        "idx_budget_allocation_budget_id",
        "budget_allocation",
        _on("budget_id"),
        ServedBy("idx_budget_allocation_covering"),
    ),
    PlanIndex("1.1", "idx_budget_allocation_subcategory_id", "budget_allocation", _on("subcategory_id")),
    PlanIndex("1.1", "idx_income_source_budget_id", "income_source", _on("budget_id")),
    PlanIndex("1.1", "idx_account_user_id", "account", _on("user_id"), ServedBy("account_owner_key")),
    PlanIndex(
        "1.1",
        "idx_recurring_income_user_id",
        "recurring_income_source",
        _on("user_id"),
        ServedBy("recurring_income_owner_key"),
    ),
    PlanIndex(
        "1.1",
        "idx_recurring_allocation_user_id",
        "recurring_budget_allocation",
        _on("user_id"),
        ServedBy("recurring_allocation_owner_key"),
    ),
    PlanIndex("1.1", "idx_recurring_allocation_subcategory_id", "recurring_budget_allocation", _on("subcategory_id")),
    PlanIndex("1.1", "idx_password_reset_user_id", "password_reset_token", _on("user_id")),
    PlanIndex("1.1", "idx_email_verification_user_id", "email_verification", _on("user_id")),
)

COMPOSITE = (
    PlanIndex(
        "1.2",
        "idx_transaction_user_date",
        "transaction",
        _on("user_id", "transaction_date DESC"),
        ServedBy("idx_transaction_covering"),
    ),
    PlanIndex(
        "1.2",
        "idx_transaction_user_subcategory_date",
        "transaction",
        _on("user_id", "subcategory_id", "transaction_date DESC"),
    ),
    PlanIndex(
        "1.2",
        "idx_transaction_subcategory_date_range",
        "transaction",
        _on("subcategory_id", "transaction_date"),
    ),
    PlanIndex(
        "1.2",
        "idx_budget_period_user_active",
        "budget_period",
        _active("user_id", "is_active"),
        Built(_active("user_id", "is_active", unique=True), "unique: one active period per person"),
    ),
    PlanIndex("1.2", "idx_budget_period_dates", "budget_period", _on("start_date", "end_date")),
    PlanIndex("1.2", "idx_category_user_template", "category", _on("user_id", "is_template")),
    PlanIndex(
        "1.2",
        "idx_subcategory_name_category",
        "subcategory",
        _on("name", "category_id"),
        ServedBy("uq_subcategory_name_category"),
    ),
    PlanIndex("1.2", "idx_budget_user_period", "budget", _on("user_id", "period_id")),
    PlanIndex("1.2", "idx_account_user_active", "account", _active("user_id", "is_active")),
    PlanIndex("1.2", "idx_recurring_income_user_active", "recurring_income_source", _active("user_id", "is_active")),
    PlanIndex(
        "1.2",
        "idx_recurring_allocation_user_active",
        "recurring_budget_allocation",
        _active("user_id", "is_active"),
    ),
    PlanIndex(
        "1.2",
        "idx_recurring_allocation_subcategory_active",
        "recurring_budget_allocation",
        _active("subcategory_id", "is_active"),
    ),
)

UNIQUE = (
    PlanIndex("1.3", "idx_user_username", "user", _on("username", unique=True)),
    PlanIndex("1.3", "idx_user_email", "user", _on("email", unique=True)),
    PlanIndex("1.3", "uq_subcategory_name_category", "subcategory", _on("name", "category_id", unique=True)),
)

PARTIAL = (
    PlanIndex("1.4", "idx_account_active", "account", _active("user_id"), ServedBy("idx_account_user_active")),
    PlanIndex(
        "1.4",
        "idx_recurring_income_active",
        "recurring_income_source",
        _active("user_id", "is_active"),
        ServedBy("idx_recurring_income_user_active"),
    ),
    PlanIndex(
        "1.4",
        "idx_recurring_allocation_active",
        "recurring_budget_allocation",
        _active("user_id", "subcategory_id"),
        ServedBy("uq_recurring_allocation_active"),
    ),
    PlanIndex(
        "1.4",
        "idx_budget_period_active",
        "budget_period",
        _active("user_id"),
        ServedBy("idx_budget_period_user_active"),
    ),
)

COVERING = (
    PlanIndex(
        "5.1",
        "idx_transaction_covering",
        "transaction",
        Shape(("user_id", "transaction_date DESC"), include=PAYLOAD),
        Built(LIST_SHAPE, LIST_REASON),
    ),
    PlanIndex(
        "5.1",
        "idx_budget_allocation_covering",
        "budget_allocation",
        Shape(("budget_id", "subcategory_id"), include=ALLOCATION_PAYLOAD),
        Built(ALLOCATION_SHAPE, "unique: the target of the upsert"),
    ),
)

PLAN: tuple[PlanIndex, ...] = FOREIGN_KEYS + COMPOSITE + UNIQUE + PARTIAL + COVERING


def _owner_key(name: str, table: str) -> OtherIndex:
    return OtherIndex(name, table, _on("user_id", "id", unique=True), "target of the keys that carry the owner")


def _primary(table: str, *columns: str) -> OtherIndex:
    name = f"{table}_pkey"
    return OtherIndex(name, table, _on(*(columns or ("id",)), unique=True), "primary key")


PRIMARY = (
    _primary("user"),
    _primary("email_verification"),
    _primary("password_reset_token"),
    _primary("account"),
    _primary("category"),
    _primary("subcategory"),
    _primary("import_batch"),
    _primary("transaction", "id", "user_id"),
    _primary("spending_summary"),
    _primary("view_refresh"),
    _primary("bulk_action"),
    _primary("transfer_refusal"),
    _primary("budget_period"),
    _primary("budget"),
    _primary("budget_allocation"),
    _primary("income_source"),
    _primary("recurring_income_source"),
    _primary("recurring_budget_allocation"),
    _primary("saved_filter"),
    _primary("console_log"),
    _primary("console_job"),
)

OWNER_KEYS = (
    _owner_key("account_owner_key", "account"),
    _owner_key("category_owner_key", "category"),
    _owner_key("subcategory_owner_key", "subcategory"),
    _owner_key("import_batch_owner_key", "import_batch"),
    _owner_key("budget_period_owner_key", "budget_period"),
    _owner_key("budget_owner_key", "budget"),
    _owner_key("recurring_income_owner_key", "recurring_income_source"),
    _owner_key("recurring_allocation_owner_key", "recurring_budget_allocation"),
)

BEYOND = (
    OtherIndex("user_uuid_key", "user", _on("uuid", unique=True), "a person by the public identifier"),
    OtherIndex(
        "email_verification_token_hash_key",
        "email_verification",
        _on("token_hash", unique=True),
        "a mailed link by its hash",
    ),
    OtherIndex(
        "email_verification_one_open",
        "email_verification",
        _on("user_id", predicate="verified_at IS NULL", unique=True),
        "one usable link per person",
    ),
    OtherIndex(
        "password_reset_token_token_hash_key",
        "password_reset_token",
        _on("token_hash", unique=True),
        "a mailed link by its hash",
    ),
    OtherIndex(
        "password_reset_one_open",
        "password_reset_token",
        _on("user_id", predicate="used_at IS NULL", unique=True),
        "one usable link per person",
    ),
    OtherIndex(
        "uq_category_user_name",
        "category",
        _on("user_id", "name", unique=True),
        "a name is used once per person",
    ),
    OtherIndex(
        "idx_import_batch_account",
        "import_batch",
        _on("user_id", "account_id", "id DESC"),
        "the account's last layout; an account is deleted",
    ),
    OtherIndex(
        "idx_transaction_user_account_date",
        "transaction",
        _on("user_id", "account_id", "transaction_date DESC"),
        "the list of one account; an account is deleted",
    ),
    OtherIndex(
        "idx_transaction_import_batch",
        "transaction",
        _on("user_id", "import_batch_id", predicate="import_batch_id IS NOT NULL"),
        "an import is reverted",
    ),
    OtherIndex(
        "uq_transaction_fingerprint",
        "transaction",
        _on("user_id", "fingerprint", "occurrence", predicate="fingerprint IS NOT NULL", unique=True),
        "the same file imported twice adds nothing",
    ),
    OtherIndex(
        "uq_transaction_transfer_leg",
        "transaction",
        _on(
            "user_id",
            "transfer_id",
            "(amount < 0::numeric)",
            predicate="transfer_id IS NOT NULL",
            unique=True,
        ),
        "a transfer has one leg each way",
    ),
    OtherIndex(
        "uq_transfer_refusal_pair",
        "transfer_refusal",
        _on("user_id", "out_id", "into_id", unique=True),
        "pairs that are no transfer are not offered again",
    ),
    OtherIndex(
        "uq_spending_summary",
        "spending_summary",
        _on("user_id", "month", "subcategory_id", unique=True, nulls_distinct=False),
        "target of the triggers' upsert; a range of months",
    ),
    OtherIndex(
        "budget_period_no_overlap",
        "budget_period",
        Shape(
            ("user_id", "period_type", "daterange(start_date, end_date, '[]'::text)"),
            method="gist",
        ),
        "periods of one type never share a day",
    ),
    OtherIndex(
        "uq_bulk_action_user",
        "bulk_action",
        _on("user_id", unique=True),
        "only a person's last bulk change is kept; target of the upsert",
    ),
    OtherIndex("idx_view_refresh_latest", "view_refresh", _on("view_name", "id DESC"), "a view's last refresh"),
    OtherIndex("budget_period_id_key", "budget", _on("period_id", unique=True), "one budget per period"),
    OtherIndex(
        "idx_budget_allocation_recurring",
        "budget_allocation",
        _on("user_id", "recurring_id", predicate="recurring_id IS NOT NULL"),
        "a recurring allocation is deleted",
    ),
    OtherIndex(
        "idx_income_source_recurring",
        "income_source",
        _on("user_id", "recurring_id", predicate="recurring_id IS NOT NULL"),
        "a recurring income is deleted",
    ),
    OtherIndex(
        "uq_recurring_allocation_active",
        "recurring_budget_allocation",
        _active("user_id", "subcategory_id", "period_type", unique=True),
        "one active allocation per subcategory and type",
    ),
    OtherIndex(
        "uq_saved_filter_user_name",
        "saved_filter",
        _on("user_id", "name", unique=True),
        "a name is used once per person; all saved filters of a person",
    ),
    OtherIndex(
        "idx_console_log_person",
        "console_log",
        _on("person_uuid", "id DESC", predicate="person_uuid IS NOT NULL"),
        "what staff saw and did of a person",
    ),
    OtherIndex("idx_console_log_at", "console_log", _on("at DESC"), "the log of a day"),
    OtherIndex("idx_console_job_latest", "console_job", _on("kind", "id DESC"), "the last run of a kind"),
    OtherIndex(
        "console_job_one_open",
        "console_job",
        _on("kind", "target", predicate="finished_at IS NULL", unique=True),
        "two clicks start one job",
    ),
)

VIEW_INDEX = OtherIndex(
    "user_spending_summary_key",
    "user_spending_summary",
    _on("user_id", "subcategory_id", "month", unique=True),
    "refresh while people read",
)

OTHERS: tuple[OtherIndex, ...] = (*PRIMARY, *OWNER_KEYS, *BEYOND, VIEW_INDEX)
