"""Reads of accounts. ``for_user`` is the permission check: no page reads an account without it."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Sum

if TYPE_CHECKING:
    from decimal import Decimal

    from accounts.models import Account, User  # noqa: F401


class OwnedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Rows that belong to a user; ``for_user`` is the ownership check and the partition key at once."""

    def for_user(self, user: "User | Any") -> Self:
        """The rows of ``user``, each with that very object as its user.

        Any other relation or column that was not read with them raises when it is asked for, and never queries.
        """
        mine = self.filter(user_id=user.pk).fetch_mode(models.FETCH_RAISE)
        # As the manager of related rows does, for which Django has no public name.
        mine._known_related_objects = {self.model._meta.get_field("user"): {user.pk: user}}  # type: ignore[attr-defined]  # no public name
        return mine


class AccountQuerySet(OwnedQuerySet["Account"]):
    def active(self) -> Self:
        """Open accounts; served by idx_account_user_active."""
        return self.filter(is_active=True)

    def net_worth(self) -> "Decimal | int":
        """Sum of the current balances of the selected accounts; 0 without any."""
        total: Decimal | int = self.aggregate(total=Sum("current_balance", default=0))["total"]
        return total
