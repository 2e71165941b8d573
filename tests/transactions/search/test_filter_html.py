"""The filter's fields as strings are what `{% field %}` and widgets write, and escape what people typed."""

import re
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.template import engines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_account, make_period, make_subcategory
from transactions.models.cached_names import names_of
from transactions.search import filter_html
from transactions.search.filters import FilterForm

EVIL = "<script>\"'&amp;</script>"
NAMES = [name for row in filter_html.ROWS for name in row] + list(filter_html.CHECKS)
TEMPLATE = (
    "{% load ui %}"
    '<div class="form-row">{% field form.account %}{% field form.category %}{% field form.subcategory %}'
    "{% field form.direction %}</div>"
    '<div class="form-row">{% field form.period %}{% field form.date_from %}{% field form.date_to %}</div>'
    '<div class="form-row">{% field form.amount_from %}{% field form.amount_to %}'
    '<div class="cluster">{% field form.uncategorised %}{% field form.imported %}</div></div>'
)


@pytest.fixture
def ask(owner):
    """The form for an address of somebody whose names are markup."""
    make_account(owner, EVIL)
    make_subcategory(owner, EVIL, f"Group {EVIL}")
    make_period(owner, "2026-03-01", "2026-03-31", name=EVIL)
    names = names_of(owner)
    return lambda query: FilterForm(QueryDict(urlencode(query)), user=owner, names=names)


def squeezed(html):
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", html).strip()


def of_templates(form):
    return engines["django"].from_string(TEMPLATE).render({"form": form})


def assert_same(form):
    assert squeezed(filter_html.panel(form)) == squeezed(of_templates(form))
    assert squeezed(filter_html.search_box(form)) == squeezed(str(form["q"]))


def test_an_empty_filter_is_what_templates_write(ask):
    assert_same(ask({}))


def test_what_was_asked_for_is_there_again(ask):
    names = ask({}).names
    known = {name: next(iter(getattr(names, where))) for name, where in (
        ("account", "accounts"), ("category", "categories"), ("subcategory", "subcategories"), ("period", "periods")
    )}  # fmt: skip
    form = ask(
        {**known, "direction": "income", "imported": "on", "amount_from": "5", "date_to": "2026-03-31", "q": "a"}
    )
    assert form.is_valid()
    assert filter_html.panel(form).count(" selected>") == 5
    assert filter_html.panel(form).count(" checked>") == 1
    assert_same(form)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*NAMES, "q"]),
        st.sampled_from(["", "1", "-1", "0", "on", "false", "2026-02-30", EVIL, "a" * 400]),
    )
)
def test_wrong_input_is_told_as_by_templates(ask, query):
    form = ask(query)
    assert_same(form)
    assert "<script" not in filter_html.panel(form) + filter_html.search_box(form)


def test_how_to_search_is_escaped():
    assert "<code>amount&gt;50 amount&lt;=100</code>" in filter_html.search_help()
