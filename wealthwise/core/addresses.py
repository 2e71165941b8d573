"""Addresses that a page prints once a row or line: found once a process, completed with ids."""

from functools import cache
from typing import Final

from django.urls import reverse

_ID: Final = 987_654_321  # stands for an id while an address is looked up; no path contains it otherwise


def address(name: str, *ids: int) -> str:
    """What ``reverse`` answers for a page whose only arguments are ids; NoReverseMatch where it would."""
    return _pattern(name, len(ids)) % ids


@cache
def _pattern(name: str, count: int) -> str:
    return reverse(name, args=[_ID] * count).replace("%", "%%").replace(str(_ID), "%d")
