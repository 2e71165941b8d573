"""What users read about rules."""

from typing import Final

from accounts.models import User
from transactions.models import Rule
from wealthwise.core.locales import counted, show_count
from wealthwise.core.money import format_money

_DIRECTIONS: Final = {Rule.Direction.OUT: "money out", Rule.Direction.IN: "money in"}


def condition(rule: Rule, user: User) -> str:
    """When a rule holds, such as "description contains “rewe”, money out, 5 to 20"; its account is read with it."""
    parts = [f"description {rule.get_how_display()} “{rule.text}”"] if rule.text else []
    if rule.direction:
        parts.append(_DIRECTIONS[Rule.Direction(rule.direction)])
    if amount := _amount(rule, user.currency):
        parts.append(amount)
    if rule.account is not None:
        parts.append(f"in {rule.account.name}")
    return ", ".join(parts)


def _amount(rule: Rule, currency: str) -> str:
    least, most = rule.amount_from, rule.amount_to
    if least is not None and most is not None:
        shown = format_money(least, currency)
        return f"of {shown}" if least == most else f"of {shown} to {format_money(most, currency)}"
    if least is not None:
        return f"of {format_money(least, currency)} or more"
    return f"of at most {format_money(most, currency)}" if most is not None else ""


def filed(count: int) -> str:
    """What was done, for the toast and the undo."""
    return f"{counted(count, 'transaction')} filed by your rules."


def stale(seen: int, now: int) -> str:
    would = f"{counted(now, 'transaction')} would be filed now"
    return f"{would}, and not {show_count(seen)} as when you looked. Nothing was changed."
