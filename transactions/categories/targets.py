"""Where transactions can be moved, and what tags they can be given."""

from transactions.models.cached_names import Names

SUBCATEGORY, ACCOUNT, TAG, UNTAG = "s", "a", "t", "u"  # what a target's number is of


def targets(names: Names) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where rows can be moved, as grouped choices: subcategories by category, then open accounts; and tags to give or
    take off.
    """
    groups = [
        (category, [(f"{SUBCATEGORY}{pk}", name) for pk, name in members]) for category, members in names.grouped()
    ]
    accounts = [(f"{ACCOUNT}{pk}", name) for pk, name in names.accounts.items() if pk not in names.closed]
    tags = [
        (label, [(f"{what}{pk}", f"#{name}") for pk, name in names.tags.items()])
        for label, what in (("Add tag", TAG), ("Take off tag", UNTAG))
    ]
    return [(name, members) for name, members in [*groups, ("Accounts", accounts), *tags] if members]
