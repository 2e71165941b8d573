"""Writes to a person's rules, and filing the history by them.

Every one takes turns with the other bulk changes of its user (advisory), so that rules are counted and ordered one
after the other; then subcategories and transactions are locked in the order of `transactions.ledger.services`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from accounts.models import Account, User
from transactions.bulk import filing
from transactions.bulk.services import MOST, NothingToDo, Outcome, Stale, TooMany
from transactions.bulk.statements import hold_subcategories
from transactions.categories.kinds import TurnsKind
from transactions.models import Rule, Subcategory
from transactions.models.cached_names import names_of
from transactions.rules import history, sentences
from transactions.rules.history import Move
from wealthwise.core.errors import DomainError, NotFound
from wealthwise.core.locales import show_count
from wealthwise.core.money import ZERO
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock
from wealthwise.postgres.sql import run

MOST_RULES: Final = 200

_PLACE: Final = """
    UPDATE rule r SET position = o.place FROM unnest(%(ids)s::integer[]) WITH ORDINALITY AS o (id, place)
    WHERE r.user_id = %(user)s AND r.id = o.id AND r.position <> o.place
"""


class RefusedRule(DomainError):
    """One rule more than a person can have, or one of somebody else's accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a person says of a rule; see `Rule`."""

    subcategory: Subcategory
    text: str = ""
    how: str = Rule.How.CONTAINS.value
    direction: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    account: Account | None = None


@transaction.atomic
def add_rule(*, user: User, terms: RuleTerms) -> Rule:
    """Add a rule behind all others. Raises RefusedRule or NotFound."""
    _begin(user, terms)
    places = list(Rule.objects.for_user(user).in_order().values_list("position", flat=True))
    if len(places) >= MOST_RULES:
        raise RefusedRule(f"You have {MOST_RULES} rules, which is the most. Delete one first.")
    return Rule.objects.create(user=user, position=max(places, default=0) + 1, **_columns(terms))


@transaction.atomic
def update_rule(*, user: User, rule_id: int, terms: RuleTerms) -> None:
    """Say it anew; what it filed stays until the rules are applied. Raises NotFound."""
    _begin(user, terms)
    if not Rule.objects.for_user(user).filter(pk=rule_id).update(**_columns(terms)):
        raise NotFound("That rule is no longer there.")


@transaction.atomic
def delete_rule(*, user: User, rule_id: int) -> None:
    """Delete it; what it filed stays where it is. Nothing happens when it is gone already."""
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    Rule.objects.for_user(user).filter(pk=rule_id).delete()


@transaction.atomic
def move_rule(*, user: User, rule_id: int, to: str) -> None:
    """Try it earlier or later: ``to`` is "first", "up", "down" or "last". Raises NotFound."""
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    ids = list(Rule.objects.for_user(user).in_order().values_list("pk", flat=True))
    if rule_id not in ids:
        raise NotFound("That rule is no longer there.")
    at = ids.index(rule_id)
    places = {"first": 0, "up": max(at - 1, 0), "down": at + 1, "last": len(ids)}
    ids.remove(rule_id)
    ids.insert(places[to], rule_id)
    run(_PLACE, user=user.pk, ids=ids)


@transaction.atomic
def apply_rules(*, user: User, seen: int, rule_id: int | None = None, agreed: bool = False) -> Outcome:
    """File the history by the rules, or by one of them where it comes first; what a person chose stays.

    ``seen`` is how many rows the user was told. Raises Stale, TooMany, NothingToDo, and TurnsKind unless the user
    ``agreed`` to spending that becomes income or the other way round. `bulk.services.undo` takes it back.
    """
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    hold_subcategories(user.pk)
    rows = history.held(user, rule_id=rule_id)
    if len(rows) != seen:
        raise Stale(sentences.stale(seen, len(rows)))
    if not rows:
        raise NothingToDo("Everything is filed as your rules say already.")
    if len(rows) > MOST:
        raise TooMany(f"At most {show_count(MOST)} transactions can be filed at once. Apply one rule at a time.")
    turned = history.turning([Move(0, row.subcategory_id, row.target_id, 1, ZERO) for row in rows], names_of(user))
    if turned and not agreed:
        raise TurnsKind("Spending would count as income, or income as spending. Look at it again.")
    sentence = sentences.filed(len(rows))
    return Outcome(filing.file(user.pk, rows, sentence), sentence)


def _begin(user: User, terms: RuleTerms) -> None:
    locks.wait_for(Lock.BULK_CHANGE, user.pk)
    mine = Subcategory.objects.for_user(user).filter(pk=terms.subcategory.pk)
    if not mine.select_for_update(no_key=True).values_list("pk", flat=True):
        raise NotFound("That subcategory is no longer there.")
    if terms.account is not None and terms.account.user_id != user.pk:
        raise NotFound("That account is not one of yours.")


def _columns(terms: RuleTerms) -> dict[str, object]:
    return {
        "subcategory_id": terms.subcategory.pk,
        "text": terms.text,
        "how": terms.how,
        "direction": terms.direction,
        "amount_from": terms.amount_from,
        "amount_to": terms.amount_to,
        "account_id": terms.account.pk if terms.account else None,
    }
