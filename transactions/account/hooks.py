"""What apps built on this one show on the page of an account: they append to this list in their ``ready()``."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from accounts.models import Account, User


class AccountCard(NamedTuple):
    """A part of the page: a template and what it is written from."""

    template: str
    context: Mapping[str, Any]


class AccountCards(Protocol):
    def __call__(self, user: User, account: Account) -> AccountCard | None:
        """Nothing where there is nothing to show."""


account_cards: list[AccountCards] = []
