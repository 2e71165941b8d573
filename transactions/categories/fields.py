"""Form fields that choose what a transaction is filed under."""

from collections.abc import Collection
from typing import Any

from django import forms

from accounts.models import User
from transactions.models import Subcategory
from transactions.models.cached_names import names_of
from wealthwise.core.fields import OwnField


class CategoryBox(forms.Select):
    """A list of categories that is searched while one types, and takes what is missing; without scripts a select."""

    def __init__(self, attrs: Any = None, choices: Any = ()) -> None:
        super().__init__({"data-combo": "create", **(attrs or {})}, choices)


class SubcategoryField(OwnField):
    """A subcategory, grouped by category. The form says whose."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Subcategory.objects.none(), widget=CategoryBox, **options)

    def offer_all(self, user: User, *, but: Collection[int] = ()) -> None:
        """Those of ``user``, apart from the ids in ``but``."""
        groups = [
            (category, [choice for choice in subcategories if choice[0] not in but])
            for category, subcategories in names_of(user).grouped()
        ]
        self.offer(Subcategory.objects.for_user(user).exclude(pk__in=but), [group for group in groups if group[1]])
