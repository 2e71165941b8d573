"""What transactions are filed under, in two levels, what banks and other programs call that, and tags beside it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.models import User
from accounts.models.querysets import OwnedQuerySet
from transactions.models.bulk_actions import BulkAction  # noqa: F401  (its table belongs to this app)
from transactions.models.querysets import (
    CategoryQuerySet,
    SubcategoryQuerySet,
)
from transactions.models.saved_filters import SavedFilter  # noqa: F401 - where Django looks for models
from wealthwise.core.columns import Columns
from wealthwise.postgres.constraints import OwnedForeignKey
from wealthwise.postgres.indexes import Index, UniqueConstraint, owner_key


class Category(models.Model):
    """Upper level of a user's categories ("category"; about 10 a user; written by onboarding and settings).

    One that is archived is out of every box, with its subcategories; what is filed there stays and counts as before.
    """

    class Kind(models.TextChoices):
        EXPENSE = "expense", "Expense"
        INCOME = "income", "Income"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="categories")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.EXPENSE)
    is_template = models.BooleanField(default=False, editable=False)
    is_archived = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="name kind is_template is_archived created_at")

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "category"
        ordering: ClassVar = ["name", "id"]
        verbose_name_plural = "categories"
        indexes: ClassVar = [
            Index(
                fields=["user", "is_template"],
                name="idx_category_user_template",
                reason="Onboarding asks which defaults a person has already.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "name"],
                name="uq_category_user_name",
                reason="A name is used once per person.",
                violation_error_message="You already have a category with that name.",
            ),
            owner_key("category", "categories"),
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
    is_archived = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="category name is_archived created_at")

    objects = SubcategoryQuerySet.as_manager()

    class Meta:
        db_table = "subcategory"
        ordering: ClassVar = ["name", "id"]
        verbose_name_plural = "subcategories"
        indexes: ClassVar = [
            Index(
                fields=["category"],
                name="idx_subcategory_category_id",
                reason="The category tree; a category is deleted.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["name", "category"],
                name="uq_subcategory_name_category",
                reason="A name is used once per category.",
                violation_error_message="That category already has a subcategory with that name.",
            ),
            owner_key("subcategory", "subcategories"),
            OwnedForeignKey(
                name="subcategory_category_owner_fk", fields=["user", "category"], to="transactions.Category"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="subcategory_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class TagQuerySet(OwnedQuerySet["Tag"]):
    pass


class Tag(models.Model):
    """A word that rows of the ledger have in common, whatever they are filed under ("tag"; at most 300 a user).

    Which rows have it stands in ``Transaction.tag_ids``.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=50)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="created_at", private="name")

    objects = TagQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "tag"
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            UniqueConstraint(
                models.F("user"),
                Lower("name"),
                name="uq_tag_user_name",
                reason="A name is used once per person, whatever its case; all tags of a person.",
                violation_error_message="You already have a tag with that name.",
            ),
            # Without commas, which stand between tags, and beginning with no number sign, which people write before.
            models.CheckConstraint(condition=Q(name__regex=r"^[^\s,#]([^,]*[^\s,])?$"), name="tag_name_given"),
        ]

    def __str__(self) -> str:
        return f"Tag {self.pk}"  # never its name: the console shows this to staff


class FileCategoryQuerySet(OwnedQuerySet["FileCategory"]):
    pass


class FileCategory(models.Model):
    """A category as files name it ("file_category"; at most 1,000 a user; written by the import).

    Asked once and remembered for every file. Without a subcategory its rows stay without one; when a subcategory goes
    without another in its place, the question comes again.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=200)
    subcategory = models.ForeignKey(
        Subcategory, models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="subcategory created_at", private="name")

    objects = FileCategoryQuerySet.as_manager()

    class Meta:
        app_label = "transactions"
        db_table = "file_category"
        verbose_name_plural = "file categories"
        indexes: ClassVar = [
            Index(
                fields=["user", "subcategory"],
                condition=Q(subcategory__isnull=False),
                name="idx_file_category_subcategory",
                reason="The names of a subcategory that is deleted or merged.",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(
                fields=["user", "name"],
                name="uq_file_category_user_name",
                reason="A name means one thing per person; all of a person's names when a file is read.",
            ),
            OwnedForeignKey(
                name="file_category_subcategory_owner_fk",
                fields=["user", "subcategory"],
                to="transactions.Subcategory",
                on_delete="CASCADE",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="file_category_name_given"),
        ]

    def __str__(self) -> str:
        return f"File category {self.pk}"  # never its name: the console shows this to staff
