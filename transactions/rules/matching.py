"""How rules are compared with rows, in SQL alone: for rows of the ledger, of a file, and for what is being typed.

A text becomes a LIKE pattern, also the one in which a person writes * and ?: no regular expression, whose cost nobody
can bound. PostgreSQL gives up a pattern as soon as the text ends, and a text has 200 characters at most.
"""

from typing import Final

_ESCAPED: Final = r"replace(replace(replace(lower(r.text), '\', '\\'), '%%', '\%%'), '_', '\_')"

# The subcategories of a person that nobody files under any more, by themselves or with their category.
ARCHIVED: Final = """
    SELECT sc.id FROM subcategory sc
    WHERE sc.user_id = %(user)s AND (sc.is_archived OR sc.category_id IN (
        SELECT c.id FROM category c WHERE c.user_id = %(user)s AND c.is_archived))
"""

# The rules of a person with their patterns, without those that file under what is archived; a pattern is null where a
# rule asks for no text. By uq_rule_user_position.
RULES: Final = """
    rules AS MATERIALIZED (
        SELECT r.id, r.position, r.subcategory_id, r.direction, r.amount_from, r.amount_to, r.account_id,
               CASE WHEN r.text = '' THEN NULL
                    WHEN r.how = 'equals' THEN {text}
                    WHEN r.how = 'contains' THEN '%%' || {text} || '%%'
                    ELSE replace(replace({text}, '*', '%%'), '?', '_') END AS shape
        FROM rule r WHERE r.user_id = %(user)s AND r.subcategory_id NOT IN ({archived})
    )
""".replace("{text}", _ESCAPED).replace("{archived}", ARCHIVED)

# The first rule that holds for a row ``t``, as ``f``: the row has description, amount and account_id. What is not
# known yet, such as the amount of a row that is being typed, fits no condition about it.
FIRST: Final = """
    CROSS JOIN LATERAL (SELECT lower(t.description) AS words, t.amount < 0 AS is_out, abs(t.amount) AS size OFFSET 0) w
    CROSS JOIN LATERAL (
        SELECT r.id, r.subcategory_id FROM rules r
        WHERE (r.shape IS NULL OR w.words LIKE r.shape)
          AND (r.direction = '' OR (r.direction = 'out') = w.is_out)
          AND (r.amount_from IS NULL OR w.size >= r.amount_from)
          AND (r.amount_to IS NULL OR w.size <= r.amount_to)
          AND (r.account_id IS NULL OR r.account_id = t.account_id)
        ORDER BY r.position LIMIT 1
    ) f
"""
