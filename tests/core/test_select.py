"""The select of forms is Django's own, written by one template."""

from html import unescape
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

EVIL = "<script>\"'&</script>"
CHOICES: list[Any] = [
    ("", "All"),
    (1, EVIL),
    ("Group <b>", [(2, "Two"), (3, mark_safe("<b>3</b>"))]),
    (None, "Nothing"),
]


class Form(forms.Form):
    one = forms.ChoiceField(choices=CHOICES, widget=forms.Select(attrs={"data-x": EVIL, "hidden": True, "no": False}))
    many = forms.MultipleChoiceField(choices=CHOICES)
    yes = forms.NullBooleanField()


def squeezed(html: str) -> str:
    return "".join(line.strip() for line in html.splitlines())


@pytest.mark.parametrize("name", ["one", "many", "yes"])
@pytest.mark.parametrize("data", [None, {"one": "1", "many": ["1", "3"], "yes": "true"}, {"one": EVIL, "many": []}])
def test_a_select_is_djangos(name: str, data: Any) -> None:
    ours = str(Form(data)[name])
    theirs = str(Form(data, renderer=DjangoTemplates())[name])
    assert unescape(squeezed(ours)) == unescape(squeezed(theirs))
