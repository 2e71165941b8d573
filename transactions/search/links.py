"""Addresses of the transaction list, for pages whose figures lead to their rows."""

from functools import lru_cache
from urllib.parse import quote_plus

from transactions.summaries.ranges import DateRange
from wealthwise.core.jinja.writing import url


def list_url(**filters: object) -> str:
    """The transaction list with that filter."""
    query = "&".join(f"{name}={_quoted(str(value))}" for name, value in filters.items())
    return f"{url('transactions:list')}?{query}"


_quoted = lru_cache(maxsize=4096)(quote_plus)  # a chart's URLs have the same days and words


def edit_url(pk: int) -> str:
    """Where a transaction is edited."""
    return url("transactions:edit", pk)


def rows_url(date_range: DateRange, **filters: object) -> str:
    """The transactions of those days with that filter."""
    return list_url(**filters, date_from=date_range.start, date_to=date_range.end)


def spent_url(date_range: DateRange, category_id: int | None, **filters: object) -> str:
    """The rows that make up the spending of an expense category; of None, of what is uncategorised."""
    if category_id is None:
        return rows_url(date_range, uncategorised="on", direction="expense", **filters)
    return rows_url(date_range, category=category_id, **filters)
