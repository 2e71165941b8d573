"""URLs completed with ids are those that Django itself would find, wherever the site is mounted."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix

from wealthwise.core.jinja import writing
from wealthwise.core.jinja.writing import url


@pytest.fixture(params=["/", "/v10/", "/100%25/0/"])
def mounted(request: pytest.FixtureRequest) -> Iterator[str]:
    before = get_script_prefix()
    set_script_prefix(request.param)
    writing.url_pattern.cache_clear()
    yield request.param
    set_script_prefix(before)
    writing.url_pattern.cache_clear()


@pytest.mark.parametrize(
    ("name", "ids"), [("transactions:list", ()), ("transactions:edit", (100,)), ("budgets:line", (30, 7))]
)
def test_a_url_is_what_django_finds(mounted: str, name: str, ids: tuple[int, ...]) -> None:
    assert url(name, *ids) == reverse(name, args=ids)
    assert url(name, *ids).startswith(quote(mounted))


def test_unknown_page_is_refused() -> None:
    with pytest.raises(NoReverseMatch):
        url("budgets:no_such_page", 1)
