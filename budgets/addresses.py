"""Addresses that a budget prints once a line: found once a process, completed with ids."""

from functools import cache

from django.urls import reverse


def address(name: str, *ids: int) -> str:
    """What ``reverse`` answers for a page of the budgets; all that it takes are ids."""
    return _pattern(name, len(ids)) % ids


@cache
def _pattern(name: str, count: int) -> str:
    return reverse(f"budgets:{name}", args=[0] * count).replace("0", "%d")
