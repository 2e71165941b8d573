"""How the table of the budget is shown, as the URL says: its order, and which categories are open."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from budgets.budget.summary import BudgetGroup, BudgetLine
from wealthwise.core.money import ZERO


class ShownGroup(NamedTuple):
    """A category with those of its lines that are shown, in order; its sums are always those of all of them."""

    group: BudgetGroup
    lines: list[BudgetLine]
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """``sort`` is by name or "over" spent first; ``groups`` are open or "closed"."""

    sort: str = ""
    groups: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> "Look":
        return cls("over" if data.get("sort") == "over" else "", "closed" if data.get("groups") == "closed" else "")

    def query(self, **changes: str) -> str:
        """The part of a URL after the path that shows this look, or this one changed; empty for the usual."""
        chosen = {"sort": self.sort, "groups": self.groups} | changes
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{query}" if query else ""

    def arranged(self, groups: list[BudgetGroup], refused: Collection[int] = ()) -> list[ShownGroup]:
        """In the order asked for; a category stays open where an amount of its subcategories was refused."""
        if self.sort:
            groups = sorted(groups, key=lambda group: min((line.balance for line in group.lines), default=ZERO))
        found = []
        for group in groups:
            lines = sorted(group.lines, key=lambda line: line.balance) if self.sort else group.lines
            is_wanted = not self.groups and (not self.sort or any(line.is_overspent for line in lines))
            found.append(ShownGroup(group, lines, is_wanted or any(line.id in refused for line in lines)))
        return found


def only(groups: list[BudgetGroup], ids: Collection[int]) -> list[ShownGroup]:
    """The categories that hold these subcategories, each with these lines alone."""
    chosen = [ShownGroup(group, [line for line in group.lines if line.id in ids]) for group in groups]
    return [shown for shown in chosen if shown.lines]
