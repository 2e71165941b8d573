"""Addresses of the transaction list, for pages whose figures lead to their rows."""

from functools import cache, lru_cache
from urllib.parse import quote_plus

from django.urls import reverse

from transactions.reports_range import Stretch


def list_url(**filters: object) -> str:
    """The transaction list with that filter."""
    return f"{_home()}?{'&'.join(f'{name}={_quoted(str(value))}' for name, value in filters.items())}"


@cache
def _home() -> str:
    """Asked for a hundred times by a page of charts."""
    return reverse("transactions:list")


_quoted = lru_cache(maxsize=4096)(quote_plus)  # a chart's addresses have the same days and words


def edit_url(pk: int) -> str:
    """Where a transaction is edited."""
    return _edit().replace("0", str(pk))


@cache
def _edit() -> str:
    return reverse("transactions:edit", args=[0])


def rows_url(stretch: Stretch, **filters: object) -> str:
    """The transactions of those days with that filter."""
    return list_url(**filters, date_from=stretch.start, date_to=stretch.end)


def spent_url(stretch: Stretch, category_id: int | None) -> str:
    """The rows that make up the spending of an expense category; of None, of what is uncategorised."""
    if category_id is None:
        return rows_url(stretch, uncategorised="on", direction="expense")
    return rows_url(stretch, category=category_id)
