"""What is built as strings is what Django's templates would have written, and escapes whatever people typed."""

from html import unescape
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import override_settings
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from transactions.ledger.listing import Day, Row
from transactions.ledger.row_html import days_html, row_html
from wealthwise.core import rendering

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


@given(st.text(max_size=20), st.text(max_size=20))
def test_options_say_what_they_were_given(value: str, label: str) -> None:
    html = rendering.options([(None, [(value, label)]), ("Group", [(label, value)])])
    assert "<script" not in rendering.options([(EVIL, [(EVIL, EVIL)])])
    assert html.count("<option") == 2 + 0
    assert unescape(html.split('value="')[1].split('"')[0]) == value


def a_row(**changes: Any) -> Row:
    plain: dict[str, Any] = {"id": 7, "address": "/transactions/7/?next=/a&b", "description": EVIL, "comment": EVIL}
    plain |= {"category": EVIL, "account": EVIL, "amount": "−$1.00", "tone": "expense", "mark": ""}
    return Row(**(plain | {"is_uncategorised": False} | changes))


def test_a_row_of_the_list() -> None:
    html = row_html(a_row())
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5  # the checkbox's name, the link, category, account, comment
    assert "autofocus" not in html
    assert 'href="/transactions/7/?next=/a&amp;b"' in html
    assert "is-open" in row_html(a_row(is_uncategorised=True))
    assert "ledger-account" not in row_html(a_row(account=""))
    changed = row_html(a_row(), has_focus=True, is_elsewhere=True)
    assert "autofocus" in changed
    assert "No longer matches this list" in changed


def test_days_of_the_list() -> None:
    plain: dict[str, Any] = {"key": "2026-03-15", "total": EVIL, "tone": "expense", "rows": [a_row(), a_row(id=8)]}
    html = days_html([Day(label=EVIL, has_head=True, **plain), Day(label="Unseen", has_head=False, **plain)])
    assert "<script" not in html
    assert html.count("<section") == html.count("</section>") == 2
    assert html.count('<li class="row"') == 4
    assert "Unseen" not in html
    assert html.count("is-continued") == html.count("<header") == 1


@override_settings(USE_THOUSAND_SEPARATOR=True)
def test_ids_are_never_grouped() -> None:
    assert 'value="1234567"' in row_html(a_row(id=1234567))
