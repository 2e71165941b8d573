"""Forms of categories and subcategories."""

from typing import Any

from django import forms

from accounts.models import User
from transactions.categories.fields import SubcategoryField
from transactions.models import Category
from transactions.models.cached_names import names_of
from wealthwise.core.fields import OwnField, field_of
from wealthwise.core.two_tabs import TwoTabsForm


class CategoryForm(TwoTabsForm, forms.Form):
    name = forms.CharField(max_length=100)
    kind = forms.ChoiceField(choices=Category.Kind.choices, help_text="Money into an expense category is a refund.")


class SubcategoryForm(TwoTabsForm, forms.Form):
    name = forms.CharField(max_length=100)
    category = OwnField(Category.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        names, kept = names_of(user), self.initial.get("category")
        kept_id = kept.pk if isinstance(kept, Category) else kept
        known = [(pk, name) for pk, name in names.categories.items() if pk in names.open_categories or pk == kept_id]
        mine = Category.objects.for_user(user).filter(pk__in=[pk for pk, _ in known])
        field_of(self, "category", OwnField).offer(mine, known)


class QuickCategoryForm(forms.Form):
    """A subcategory that is missing where one is chosen: its name, and the category that it goes into."""

    name = forms.CharField(max_length=100)
    category = forms.CharField(max_length=100)


class MoveForm(forms.Form):
    """Where what is filed under something that will be deleted goes; the service says when that is needed."""

    target = SubcategoryField(label="Move everything to", empty_label="Choose a subcategory", required=False)

    def __init__(self, *args: Any, user: User, leaving: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "target", SubcategoryField).offer_all(user, but=leaving)

    @property
    def target_id(self) -> int | None:
        target = self.cleaned_data["target"]
        return target.pk if target else None


class MergeForm(forms.Form):
    """The subcategory that another one goes into."""

    target = SubcategoryField(label="Merge into", empty_label="Choose a subcategory")

    def __init__(self, *args: Any, user: User, leaving: int, **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "target", SubcategoryField).offer_all(user, but=[leaving])


class MergeCategoryForm(forms.Form):
    """The category, of the same kind, that another one goes into."""

    target = OwnField(Category.objects.none(), label="Merge into", empty_label="Choose a category")

    def __init__(self, *args: Any, user: User, leaving: Category, **options: Any) -> None:
        super().__init__(*args, **options)
        others = Category.objects.for_user(user).filter(kind=leaving.kind, is_archived=False).exclude(pk=leaving.pk)
        field_of(self, "target", OwnField).queryset = others
