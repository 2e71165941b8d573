"""Addresses of the transaction list, for pages whose figures lead to their rows."""

from functools import cache
from urllib.parse import urlencode

from django.urls import reverse

from transactions.reports_range import Stretch


def list_url(**filters: object) -> str:
    """The transaction list with that filter."""
    return f"{_home()}?{urlencode(filters)}"


@cache
def _home() -> str:
    """Asked for a hundred times by a page of charts."""
    return reverse("transactions:list")


def rows_url(stretch: Stretch, **filters: object) -> str:
    """The transactions of those days with that filter."""
    return list_url(**filters, date_from=stretch.start, date_to=stretch.end)


def spent_url(stretch: Stretch, category_id: int | None) -> str:
    """The rows that make up the spending of an expense category; of None, of what is uncategorised."""
    if category_id is None:
        return rows_url(stretch, uncategorised="on", direction="expense")
    return rows_url(stretch, category=category_id)
