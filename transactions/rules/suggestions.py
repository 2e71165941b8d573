"""Where a row that is not filed yet belongs, with the reason in words: the same answer in entry and import.

The first rule that holds says it; without one, what most rows of the same description were filed under, and of two
equally used ones the one used last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from accounts.models import User
from transactions.models import Rule
from transactions.rules.matching import ARCHIVED, FIRST, RULES
from transactions.rules.sentences import condition
from wealthwise.core.locales import show_count
from wealthwise.postgres.sql import in_one, rows_of

_UNIT: Final = "\x1f"
_FIRST: Final = FIRST.replace("t.amount < 0 AS", "t.is_out AS")
FEW: Final = 50  # descriptions that are looked up one by one
# One statement for any number of rows: all in small letters, then those that rules file, then what was usual for
# each description.
_SUGGESTED: Final = (
    """
    WITH {rules},
    wanted AS MATERIALIZED (
        SELECT coalesce(description, '') AS description, amount, account_id, is_out, number
        FROM unnest(string_to_array(%(texts)s, chr(31)), string_to_array(%(amounts)s, ',', '')::numeric[],
                    string_to_array(%(accounts)s, ',', '')::integer[], string_to_array(%(outs)s, ',', '')::boolean[])
            WITH ORDINALITY AS t (description, amount, account_id, is_out, number)
    ),
    usual AS (
        SELECT DISTINCT ON (words) words, subcategory_id, uses, sum(uses) OVER (PARTITION BY words) AS rows
        FROM (
            SELECT t.words, t.subcategory_id, count(*) AS uses, max(t.transaction_date) AS latest, max(t.id) AS last_id
            FROM {history} t
            WHERE t.subcategory_id IS NOT NULL AND t.transfer_id IS NULL
              AND t.subcategory_id NOT IN ({archived})
            GROUP BY 1, 2
        ) counted
        ORDER BY words, uses DESC, latest DESC, last_id DESC
    )
    SELECT number, lower(description), NULL::integer, NULL::integer, NULL::bigint, NULL::bigint FROM wanted
    WHERE (lower(description) IN (SELECT words FROM usual)) IS TRUE
    UNION ALL SELECT t.number, NULL, f.subcategory_id, f.id, NULL, NULL FROM wanted t {first}
    UNION ALL SELECT NULL, words, subcategory_id, NULL, uses, rows::bigint FROM usual
""".replace("{rules}", RULES)
    .replace("{archived}", ARCHIVED)
    .replace("{first}", _FIRST)
)
# The rows of few descriptions by idx_transaction_user_words, one after the other.
_OF_FEW: Final = """(
    SELECT h.* FROM (SELECT DISTINCT lower(description) AS words FROM wanted) w
    CROSS JOIN LATERAL (
        SELECT w.words, subcategory_id, transfer_id, transaction_date, id FROM transaction
        WHERE user_id = %(user)s AND lower(description) = w.words OFFSET 0
    ) h
)"""
# Those of many in one scan of idx_transaction_covering. No list is joined to another one, where a plan could cost
# their product; IS TRUE keeps the texts in a hash, whatever the planner believes of their number.
_OF_MANY: Final = """(
    SELECT lower(description) AS words, subcategory_id, transfer_id, transaction_date, id FROM transaction
    WHERE user_id = %(user)s AND (lower(description) IN (SELECT lower(w.description) FROM wanted w)) IS TRUE
)"""


class Wanted(NamedTuple):
    """What is known of a row. ``is_out`` is its direction, which may be known before the amount.

    ``category`` is what a file says; what it means is the import's to know.
    """

    description: str
    amount: Decimal | None = None
    account_id: int | None = None
    is_out: bool | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class FilingSuggestion:
    """A subcategory; and the rule that gave it, else how many of the rows with that description are filed there."""

    subcategory_id: int
    rule_id: int | None
    uses: int = 0
    rows: int = 0


def suggest(user: User, wanted: Sequence[Wanted]) -> dict[Wanted, FilingSuggestion]:
    """What to file these rows under, without those that nobody can tell of. One statement."""
    if not wanted:
        return {}
    texts, amounts, accounts, outs, _ = zip(*wanted, strict=True)
    found = rows_of(
        _SUGGESTED.replace("{history}", _OF_FEW if len(wanted) <= FEW else _OF_MANY),
        user=user.pk,
        texts=in_one((text.strip().replace(_UNIT, " ") for text in texts), _UNIT),
        amounts=in_one(amounts),
        accounts=in_one(accounts),
        outs=in_one(outs),
    )
    words, ruled, usual = dict[int, str](), dict[int, FilingSuggestion](), dict[str, FilingSuggestion]()
    for number, text, subcategory_id, rule_id, uses, rows in found:
        if subcategory_id is None:
            words[number] = text
        elif number is not None:
            ruled[number] = FilingSuggestion(subcategory_id, rule_id)
        else:
            usual[text] = FilingSuggestion(subcategory_id, None, uses, rows)
    answers = ((row, ruled.get(number) or usual.get(words.get(number, ""))) for number, row in enumerate(wanted, 1))
    return {row: answer for row, answer in answers if answer}


def reasons(user: User, found: Mapping[Wanted, FilingSuggestion]) -> dict[Wanted, str]:
    """Why, as the end of a sentence; one statement where rules are among them."""
    ids = {each.rule_id for each in found.values() if each.rule_id is not None}
    rules = Rule.objects.for_user(user).select_related("account").in_bulk(ids) if ids else {}
    return {row: _reason(user, row.description, each, rules) for row, each in found.items()}


def _reason(user: User, description: str, found: FilingSuggestion, rules: Mapping[int, Rule]) -> str:
    if found.rule_id is not None:
        rule = rules.get(found.rule_id)
        return f"by your rule “{condition(rule, user)}”" if rule else "by one of your rules"
    name = f"“{description.strip()}”"
    if found.rows == 1:
        return f"as in your one {name} before"
    if found.uses == found.rows:
        return f"as in all your {show_count(found.rows)} {name} before"
    return f"as in {show_count(found.uses)} of your {show_count(found.rows)} {name} before"
