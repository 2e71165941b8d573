"""The dashboard as its owner gets it, taken apart: what it says, and where it leads."""

import re
from datetime import date
from html import unescape
from typing import Any, NamedTuple

import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User


class Tile(NamedTuple):
    href: str
    label: str
    classes: str
    value: str
    note: str


class Concern(NamedTuple):
    tone: str
    href: str
    text: str
    action: str


class Bar(NamedTuple):
    name: str
    classes: str
    note: str
    label: str
    figures: str


class ListedRow(NamedTuple):
    href: str
    name: str
    detail: str
    classes: str
    amount: str


TILE = (
    r'<a class="stat" href="(.*?)"><span class="stat-label">(.*?)</span>'
    r'<span class="stat-value amount ?(.*?)">(.*?)</span><span class="stat-note">(.*?)</span></a>'
)
CONCERN = r'class="attention-item is-(\w+)" href="(.*?)"><svg.*?</svg><span>(.*?)</span><b>(.*?)</b>'
BAR = (
    r'<span class="budget-name">(.*?)</span><span class="budget-note amount ?(.*?)">(.*?)</span>'
    r'<svg.*?aria-label="(.*?)".*?</svg><span class="budget-figures">(.*?)</span>'
)
LISTED = (
    r'<li class="row"><a class="row-main" href="(.*?)">(.*?)</a><span class="row-sub">(.*?)</span>'
    r'<span class="row-end amount ?(.*?)">(.*?)</span>'
)


class Dashboard:
    """The answer to ``user`` on the day ``today``."""

    def __init__(self, user: User, today: date = date(2026, 3, 20)) -> None:
        client = Client()
        client.force_login(user)
        with time_machine.travel(f"{today} 12:00 +0000", tick=False):
            answer = client.get(reverse("dashboard"))
        assert answer.status_code == 200
        self.html = answer.content.decode()
        self.context: Any = answer.context
        self.text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html)))

    def _all(self, pattern: str) -> list[list[str]]:
        return [[unescape(part).strip() for part in found] for found in re.findall(pattern, self.html, re.DOTALL)]

    @property
    def tiles(self) -> dict[str, Tile]:
        return {tile.label: tile for tile in (Tile(*found) for found in self._all(TILE))}

    @property
    def concerns(self) -> list[Concern]:
        return [Concern(*found) for found in self._all(CONCERN)]

    @property
    def bars(self) -> list[Bar]:
        return [Bar(*found) for found in self._all(BAR)]

    @property
    def rows(self) -> list[ListedRow]:
        """Recent transactions, then accounts."""
        return [ListedRow(*found) for found in self._all(LISTED)]
