"""What transactions are filed under, in two levels."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
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
    """Upper level of a user's categories ("category"; about 10 a user; written by onboarding and settings)."""

    class Kind(models.TextChoices):
        EXPENSE = "expense", "Expense"
        INCOME = "income", "Income"

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="categories")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.EXPENSE)
    is_template = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="name kind is_template created_at")

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
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    columns = Columns(public="category name created_at")

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
