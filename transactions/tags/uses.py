"""How many rows have each tag."""

from typing import Final, NamedTuple

from accounts.models import User
from transactions.models.cached_names import Names
from wealthwise.postgres.sql import rows_of

# By idx_transaction_tags: rows without a tag are not looked at.
_USES: Final = """
    SELECT tag, count(*) FROM transaction t CROSS JOIN unnest(t.tag_ids) tag
    WHERE t.user_id = %(user)s AND t.tag_ids IS NOT NULL GROUP BY 1
"""


class TagUse(NamedTuple):
    """A tag and the number of its rows."""

    id: int
    name: str
    rows: int


def uses_of(user: User, names: Names) -> list[TagUse]:
    """All tags of a user, in the order of their names."""
    if not names.tags:
        return []
    counts = dict(rows_of(_USES, user=user.pk))
    return [TagUse(pk, name, counts.get(pk, 0)) for pk, name in names.tags.items()]
