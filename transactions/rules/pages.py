"""What the pages of rules show."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from accounts.models import User
from transactions.categories.kinds import turning
from transactions.models import Rule, Transaction
from transactions.models.cached_names import Names, names_of
from transactions.rules import history
from transactions.rules.sentences import condition
from wealthwise.core.money import format_money


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule of the list: when it holds, and what it files under."""

    id: int
    words: str
    target: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A row before and after, and the rule that would file it."""

    id: int
    day: date
    description: str
    amount: Decimal
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class Filing:
    """Why a row is filed as it is, where nobody chose it; without ``rule_id`` not by a rule that is there."""

    words: str
    rule_id: int | None = None


def listed(user: User) -> list[ShownRule]:
    """All rules in their order; one statement."""
    names = names_of(user)
    mine = Rule.objects.for_user(user).select_related("account").in_order()
    return [ShownRule(rule.pk, condition(rule, user), _full(names, rule.subcategory_id)) for rule in mine]


def apply_context(user: User, asked: dict[str, Any], *, notice: str = "") -> dict[str, Any]:
    """The difference that the rules, or the one that was asked for, would make; two statements."""
    names, shown = names_of(user), {rule.id: rule for rule in listed(user)}
    rule_id = asked["rule"] if asked["rule"] in shown else None
    found = history.difference(user, rule_id=rule_id, page=asked["page"] or 1)
    turned = history.turning(found.moves, names)
    return {
        "rules": shown,
        "rule": shown.get(rule_id) if rule_id else None,
        "found": found,
        "moves": [(_name(names, move.before), _full(names, move.after), move.number) for move in found.moves],
        "rows": [
            ShownChange(row.id, row.booked_on, row.description, row.amount, _name(names, row.before),
                        _full(names, row.after), shown[row.by].words if row.by in shown else "")
            for row in found.rows
        ],
        "turns": [turning(count, format_money(total, user.currency), kind) for kind, (count, total) in turned.items()],
        "query": urlencode({"rule": rule_id}) if rule_id else "",
        "notice": notice,
    }  # fmt: skip


def filing_of(user: User, row: Transaction) -> Filing | None:
    """Why a row is filed as it is; None where a person chose, and where it is not filed. One statement at most."""
    if row.filed_as_id is None or row.filed_as_id != row.subcategory_id or row.transfer_id:
        return None
    if row.rule_id is None:
        return Filing("by its category in the file, or as others of that description")
    rule = Rule.objects.for_user(user).select_related("account").filter(pk=row.rule_id).first()
    return Filing(condition(rule, user), rule.pk) if rule else Filing("by a rule that you deleted since")


def _name(names: Names, subcategory_id: int | None) -> str:
    return "Uncategorised" if subcategory_id is None else _full(names, subcategory_id)


def _full(names: Names, subcategory_id: int) -> str:
    """Such as "Food: Groceries"; empty for one that is gone."""
    if subcategory_id not in names.category_of:
        return ""
    return f"{names.categories[names.category_of[subcategory_id]]}: {names.subcategories[subcategory_id]}"
