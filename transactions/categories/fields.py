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

    def offer_all(self, user: User, *, but: Collection[int] = (), kept: object = None) -> None:
        """Those of ``user`` that are not archived, apart from the ids in ``but``; and ``kept``, chosen already."""
        names = names_of(user)
        left_out = {pk for pk in {*names.archived, *but} if str(pk) != str(kept)}
        groups = [
            (category, [choice for choice in subcategories if choice[0] not in left_out])
            for category, subcategories in names.grouped(with_archived=True)
        ]
        mine = Subcategory.objects.for_user(user).exclude(pk__in=left_out)
        self.offer(mine, [group for group in groups if group[1]])
