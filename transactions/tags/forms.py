"""Forms of the pages of tags."""

from typing import Any

from django import forms

from accounts.models import User
from transactions.models import Tag
from transactions.models.cached_names import names_of
from transactions.tags.services import LONGEST
from wealthwise.core.fields import OwnField, field_of


class TagForm(forms.Form):
    name = forms.CharField(max_length=LONGEST)


class MergeTagForm(forms.Form):
    """The tag that another one becomes."""

    target = OwnField(Tag.objects.none(), label="Merge into", empty_label="Choose a tag")

    def __init__(self, *args: Any, user: User, leaving: int, **options: Any) -> None:
        super().__init__(*args, **options)
        others = [(pk, name) for pk, name in names_of(user).tags.items() if pk != leaving]
        field_of(self, "target", OwnField).offer(Tag.objects.for_user(user).exclude(pk=leaving), others)
