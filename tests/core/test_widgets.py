"""The widgets that have a template of our own write what Django's would."""

import re
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
FLAT: list[Any] = [("", "All"), (1, EVIL), (2, mark_safe("<b>2</b>"))]
ATTRIBUTES = {"data-x": EVIL, "hidden": True, "no": False}


class Form(forms.Form):
    one = forms.ChoiceField(choices=CHOICES, widget=forms.Select(attrs=ATTRIBUTES))
    many = forms.MultipleChoiceField(choices=CHOICES)
    yes = forms.NullBooleanField()
    either = forms.ChoiceField(choices=FLAT, widget=forms.RadioSelect(attrs=ATTRIBUTES))
    some = forms.MultipleChoiceField(choices=FLAT, widget=forms.CheckboxSelectMultiple)


def squeezed(html: str) -> str:
    return unescape(re.sub(r">\s+", ">", "".join(line.strip() for line in html.splitlines())))


@pytest.mark.parametrize("name", ["one", "many", "yes", "either", "some"])
@pytest.mark.parametrize("data", [None, {"one": "1", "many": ["1", "3"], "yes": "true", "either": "2", "some": ["2"]}])
def test_a_widget_is_djangos(name: str, data: Any) -> None:
    ours = str(Form(data)[name])
    assert "<script>" not in ours
    assert squeezed(ours) == squeezed(str(Form(data, renderer=DjangoTemplates())[name]))
