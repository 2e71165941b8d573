"""The field in which tags of a transaction are typed."""

from typing import Any

from django import forms

from transactions.tags.services import RefusedTag, TooManyTags, names_in


class TagsField(forms.CharField):
    """Names with commas between them; cleans to a tuple of names, to None where the form did not send the field."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "With commas between them. New ones are made.")
        options.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "list": "known-tags"}))
        super().__init__(label="Tags", max_length=1100, required=False, empty_value=None, **options)

    def clean(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return names_in(super().clean(value) or "")
        except (RefusedTag, TooManyTags) as refusal:
            raise forms.ValidationError(str(refusal), code="tags") from refusal
