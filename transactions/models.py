"""What happened: categories, the ledger of transactions, imports, and the summary kept beside it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import LessThan

from accounts.models import Account, User, money_field
from transactions.bulk.models import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.querysets import (
    CategoryQuerySet,
    ImportBatchQuerySet,
    RefusalQuerySet,
    SubcategoryQuerySet,
    SummaryQuerySet,
    TransactionQuerySet,
)
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index


class Category(models.Model):
    """Upper level of a person's categories ("category"; about 10 a user; written by onboarding and settings)."""

    class Kind(models.TextChoices):
        EXPENSE = "expense", "Expense"
        INCOME = "income", "Income"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="categories")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.EXPENSE)
    is_template = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "category"
        ordering: ClassVar = ["name", "id"]
        verbose_name_plural = "categories"
        indexes: ClassVar = [
            # Onboarding asks which defaults a person has already; also finds all of a user.
            Index(fields=["user", "is_template"], name="idx_category_user_template"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="uq_category_user_name",
                violation_error_message="You already have a category with that name.",
            ),
            models.UniqueConstraint(fields=["user", "id"], name="category_owner_key"),
            models.CheckConstraint(condition=~Q(name=""), name="category_name_given"),
            models.CheckConstraint(condition=Q(kind__in=["expense", "income"]), name="category_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Subcategory(models.Model):
    """Lower level: what a transaction is filed under ("subcategory"; about 40 a user; same writers)."""

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="subcategories")
    category = models.ForeignKey(
        Category, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="subcategories"
    )
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SubcategoryQuerySet.as_manager()

    class Meta:
        db_table = "subcategory"
        ordering: ClassVar = ["name", "id"]
        verbose_name_plural = "subcategories"
        indexes: ClassVar = [
            # The category tree, and the check when a category is deleted.
            Index(fields=["category"], name="idx_subcategory_category_id"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name", "category"],
                name="uq_subcategory_name_category",
                violation_error_message="That category already has a subcategory with that name.",
            ),
            models.UniqueConstraint(fields=["user", "id"], name="subcategory_owner_key"),
            OwnedForeignKey(
                name="subcategory_category_owner_fk", fields=["user", "category"], to="transactions.Category"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="subcategory_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One uploaded statement file ("import_batch"; a few a month per user; written by the import pages).

    The file is kept only until the import is confirmed or given up. ``layout`` is how a CSV was read,
    remembered for the account's next file.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for you"
        COMMITTED = "committed", "Imported"
        REVERTED = "reverted", "Reverted"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="import_batches")
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    file_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    content = models.BinaryField(null=True, editable=False)
    layout = models.JSONField(default=dict, blank=True)
    new_count = models.PositiveIntegerField(default=0)
    duplicate_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    committed_at = models.DateTimeField(null=True, editable=False)
    reverted_at = models.DateTimeField(null=True, editable=False)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        db_table = "import_batch"
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "import batches"
        indexes: ClassVar = [
            # The layout last used for an account, and the check when an account is deleted.
            Index(fields=["user", "account", "-id"], name="idx_import_batch_account"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "id"], name="import_batch_owner_key"),
            OwnedForeignKey(name="import_batch_account_owner_fk", fields=["user", "account"], to="accounts.Account"),
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "committed", "reverted"]), name="import_batch_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"  # never its file: names of statements carry account numbers


class Transaction(models.Model):
    """One booking in the ledger ("transaction"; millions of rows, hash-partitioned by user_id).

    ``amount`` is negative for an expense, positive for income or a refund. A transfer is two rows of
    opposite sign that share ``transfer_id``. Rows are written by entry, import, bulk edits and the
    demo; statement-level triggers keep account balances and ``spending_summary`` in step.

    Django's primary key is ``id``; the database's is ``(id, user_id)``.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey(
        Account,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    subcategory = models.ForeignKey(
        Subcategory,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    amount = money_field()
    description = models.CharField(max_length=200)
    comment = models.CharField(max_length=500, blank=True)
    transaction_date = models.DateTimeField()
    transfer_id = models.UUIDField(null=True, blank=True, editable=False)
    import_batch = models.ForeignKey(
        ImportBatch,
        models.DO_NOTHING,
        null=True,
        editable=False,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    fingerprint = models.UUIDField(null=True, editable=False)
    occurrence = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        db_table = "transaction"
        indexes: ClassVar = [
            # The list at any depth, the open period's totals: index-only, one partition.
            Index(
                F("user"),
                F("transaction_date").desc(),
                F("id").desc(),
                include=["amount", "description", "subcategory", "account", "transfer_id"],
                name="idx_transaction_covering",
            ),
            # The list filtered to a subcategory; the check when a subcategory is deleted.
            Index(
                fields=["user", "subcategory", "-transaction_date"],
                name="idx_transaction_user_subcategory_date",
            ),
            # Reports across people by subcategory and dates, as the plan has it.
            Index(fields=["subcategory", "transaction_date"], name="idx_transaction_subcategory_date_range"),
            # The list of one account; the check when an account is deleted.
            Index(fields=["user", "account", "-transaction_date"], name="idx_transaction_user_account_date"),
            # Reverting an import.
            Index(
                fields=["user", "import_batch"],
                condition=Q(import_batch__isnull=False),
                name="idx_transaction_import_batch",
            ),
        ]
        constraints: ClassVar = [
            # Importing the same file twice adds nothing; two equal coffees on one day both stay.
            models.UniqueConstraint(
                fields=["user", "fingerprint", "occurrence"],
                condition=Q(fingerprint__isnull=False),
                name="uq_transaction_fingerprint",
            ),
            # A transfer has at most one leg out and one leg in.
            models.UniqueConstraint(
                F("user"),
                F("transfer_id"),
                LessThan(F("amount"), Value(0)),
                condition=Q(transfer_id__isnull=False),
                name="uq_transaction_transfer_leg",
            ),
            OwnedForeignKey(name="transaction_account_owner_fk", fields=["user", "account"], to="accounts.Account"),
            OwnedForeignKey(
                name="transaction_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
            ),
            OwnedForeignKey(
                name="transaction_import_batch_owner_fk",
                fields=["user", "import_batch"],
                to="transactions.ImportBatch",
            ),
            models.CheckConstraint(condition=~Q(description=""), name="transaction_description_given"),
            models.CheckConstraint(
                condition=Q(transfer_id__isnull=True) | Q(account__isnull=False),
                name="transaction_transfer_has_account",
            ),
            models.CheckConstraint(
                condition=Q(fingerprint__isnull=True, occurrence__isnull=True)
                | Q(fingerprint__isnull=False, occurrence__gte=1),
                name="transaction_fingerprint_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"Transaction {self.pk}"  # never its text: the console shows this to staff


class SpendingSummary(models.Model):
    """Spent and received per person, month and subcategory ("spending_summary"; never stale).

    Written only by the statement-level triggers on ``transaction``; transfers are left out. ``month``
    is the first day of the month in the owner's time zone; ``spent`` and ``received`` are both
    positive sums. A null subcategory holds the uncategorised rows.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    month = models.DateField()
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    spent = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    received = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    transaction_count = models.BigIntegerField(default=0)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        db_table = "spending_summary"
        verbose_name_plural = "spending summaries"
        constraints: ClassVar = [
            # The trigger's upsert target, and the dashboard's and reports' range of months.
            models.UniqueConstraint(
                fields=["user", "month", "subcategory"], nulls_distinct=False, name="uq_spending_summary"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class UserSpendingSummary(models.Model):
    """The plan's materialized view: spent per person, subcategory and month, as of its last refresh.

    For reports across people and long histories; what a person sees comes from SpendingSummary.
    """

    pk = models.CompositePrimaryKey("user_id", "subcategory_id", "month")
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    subcategory = models.ForeignKey(Subcategory, models.DO_NOTHING, related_name="+")  # null: uncategorised
    month = models.DateField()
    total_spent = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        managed = False
        db_table = "user_spending_summary"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ViewRefresh(models.Model):
    """One run of refreshing the materialized view ("view_refresh"; some 100 a day; written by refresh_views).

    A run without ``finished_at`` is going on while its advisory lock is held, and was killed otherwise.
    ``checksum`` is taken from ``spending_summary`` in the refresh's own snapshot, so that the view can be
    proven equal to the ledger as of its refresh at any later time.
    """

    id = models.BigAutoField(primary_key=True)
    view_name = models.CharField(max_length=63)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)
    row_count = models.BigIntegerField(null=True)
    checksum = models.DecimalField(max_digits=40, decimal_places=0, null=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "view_refresh"
        indexes: ClassVar = [
            # The last run, and the last finished one, of a view.
            Index(fields=["view_name", "-id"], name="idx_view_refresh_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.view_name} {self.started_at:%Y-%m-%d %H:%M}"


class TransferRefusal(models.Model):
    """Two rows of the ledger that a person said are no transfer ("transfer_refusal"; a few a user).

    The rows are named by id, without a foreign key: nothing refers to the partitioned ledger, so its partitions
    can be converted freely. Ids are never used twice, so a refusal that outlives its rows means nothing.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    out_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        db_table = "transfer_refusal"
        constraints: ClassVar = [
            # Refusing twice is refusing once; the search for pairs leaves these out.
            models.UniqueConstraint(fields=["user", "out_id", "into_id"], name="uq_transfer_refusal_pair"),
        ]

    def __str__(self) -> str:
        return f"No transfer {self.out_id} to {self.into_id}"


from transactions.saved_models import SavedFilter  # noqa: E402, F401 - where Django looks for models
