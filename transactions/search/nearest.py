"""What was meant where a search found nothing: the word of the ledger that is written most alike."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from accounts.models import User
from transactions.models.cached_names import Names
from transactions.search.language import Search, Term
from wealthwise.postgres.folding import folded
from wealthwise.postgres.sql import rows_of

ALIKE: Final = 0.7  # one letter more, less or in another place, in a word of five
SHORTEST: Final = 3
ROWS_LOOKED_AT: Final = 3_000

# Words that share three letters in a row with the word that was typed, of the latest rows of a person: one range of
# idx_transaction_covering.
_WORDS: Final = """
    SELECT word FROM (
        SELECT DISTINCT regexp_split_to_table(transaction_folded(said), '[^[:alnum:]]+') AS word
        FROM (
            SELECT DISTINCT description AS said FROM (
                SELECT description FROM transaction WHERE user_id = %(user)s
                ORDER BY transaction_date DESC, id DESC LIMIT %(rows)s
            ) latest
        ) texts
    ) words
    WHERE length(word) >= %(shortest)s ORDER BY similarity(word, %(typed)s) DESC, word LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Nearest:
    """A word that is there, and the search with it."""

    word: Term
    search: Search


def nearest(user: User, search: Search, names: Names) -> Nearest | None:
    """The search with one word as the ledger writes it. At most one statement, none for signs without a letter or a
    digit, of which no word is made.
    """
    words = [term for term in search.terms if term.operator == "word" and not term.is_negated and not term.others]
    for term in words[:1]:
        typed = folded(str(term.value))
        if len(typed) < SHORTEST or not any(map(str.isalnum, typed)) or search.problems:
            return None
        found = rows_of(_WORDS, user=user.pk, typed=typed, rows=ROWS_LOOKED_AT, shortest=SHORTEST)
        known = {word for (word,) in found} | {word for name in _all_of(names) for word in folded(name).split()}
        alike = get_close_matches(typed, sorted(known - {typed}), 1, ALIKE)
        if alike:
            word = Term("word", alike[0])
            return Nearest(word, search.instead(term, word))
    return None


def _all_of(known: Names) -> list[str]:
    return [
        name
        for names in (known.accounts, known.categories, known.subcategories, known.tags)
        for name in names.values()
    ]
