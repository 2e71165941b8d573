"""Where transactions can be moved."""

from transactions.models.cached_names import Names

SUBCATEGORY, ACCOUNT = "s", "a"  # what a target's number is of


def targets(names: Names) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where rows can be moved, as grouped choices: subcategories by category, then open accounts."""
    groups = [
        (category, [(f"{SUBCATEGORY}{pk}", name) for pk, name in members]) for category, members in names.grouped()
    ]
    accounts = [(f"{ACCOUNT}{pk}", name) for pk, name in names.accounts.items() if pk not in names.closed]
    return [(name, members) for name, members in [*groups, ("Accounts", accounts)] if members]
