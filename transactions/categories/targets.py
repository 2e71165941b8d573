"""Where transactions can be moved."""

from django.utils.safestring import SafeString

from transactions.models.cached_names import Names
from wealthwise.core.rendering import options

SUBCATEGORY, ACCOUNT = "s", "a"  # what a target's number is of


def targets(names: Names) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where rows can be moved, as grouped choices: subcategories by category, then open accounts."""
    groups = [
        (category, [(f"{SUBCATEGORY}{pk}", name) for pk, name in members]) for category, members in names.grouped()
    ]
    accounts = [(f"{ACCOUNT}{pk}", name) for pk, name in names.accounts.items() if pk not in names.closed]
    return [(name, members) for name, members in [*groups, ("Accounts", accounts)] if members]


def target_options(names: Names) -> SafeString:
    """The same as the options of a select."""
    return options([(None, [("", "Category or account")]), *targets(names)])
