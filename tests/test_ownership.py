"""Whoever reads or writes rows of users names their owner: in querysets and in statements that are written out.

The owner is the permission check and the partition key at once, so the check covers every module, not only views.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.packages import modules, parsed

# Who works on everybody's rows, and why. All below the name of a package.
EVERYBODY = {
    "accounts.management": "commands of whoever runs the site",
    "accounts.models.cached_user": "reads the one person by their own key",
    "accounts.people.sessions": "finds a person by the key of a session",
    "accounts.signin.tokens": "finds a person by the token of a mailed link",
    "accounts.signin.upkeep": "purges what is over, of all people",
    "transactions.jobs.turns": "says whose turn it is, and clears up behind all people",
    "transactions.management": "commands of whoever runs the site",
    "transactions.summaries.upkeep": "proves and repairs the derived numbers of all people",
    "wealthwise.api.authentication": "finds a person by the token of a program",
    "wealthwise.console": "the console of staff, which masks and logs",
    "wealthwise.demo.crowd": "makes a crowd of people to measure with",
    "wealthwise.demo.ledger": "fills the ledgers of that crowd",
    "wealthwise.demo.management": "commands of whoever runs the site",
    "wealthwise.operations": "the operation of the database",
    "wealthwise.portability.legacy": "brings over all people of the old application at once",
    "wealthwise.portability.management": "commands of whoever runs the site",
}
# Beginnings of a queryset that name the owner, or that touch no row that is there.
NAMING = {"for_user", "none", "create", "bulk_create", "as_manager"}
# "table alias", where a statement reads or writes it.
PLACES = r'\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+(?:ONLY\s+)?"?({tables})"?(?!\w)(?:\s+(?:AS\s+)?"?([a-z]\w*)"?)?'
STATEMENT = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|MERGE INTO)\b")
INSERTS = re.compile(
    r'INTO\s+"?\w+"?(?:\s+AS\s+\w+)?\s*\([^)]*(?:\buser_id\b|\?)'
)  # a row with its owner, or any column
# Where a statement says whose rows.
CONDITION = re.compile(
    r"\b(?:\w+\.)?user_id\s*=\s*(?:%\(\w+\)s|\w+\.user_id|\w+\.id\b|ANY\(%\(\w+\)s\))|(?<=USING \()user_id, "
)
NO_ALIAS = {"set", "where", "on", "using", "values", "left", "join", "group", "order", "select", "cross", "union"}


def owned_tables() -> dict[str, str]:
    """Names of models by their table, of all models that have an owner."""
    return {
        model._meta.db_table: model.__name__
        for model in apps.get_models()
        if any(field.name == "user" for field in model._meta.concrete_fields)
        and model.__module__.split(".")[0] in ("accounts", "transactions", "budgets", "wealthwise")
    }


def checked_modules() -> dict[str, str]:
    """The text of every module that works on the rows of one person."""
    return {
        name: text
        for name, text in modules().items()
        if not any(f"{name}.".startswith(f"{package}.") for package in EVERYBODY)
    }


def unowned_managers(tree: ast.AST, models: set[str]) -> Iterator[ast.Attribute]:
    """Each ``Model.objects`` of an owned model that is not at once narrowed to its owner."""
    named = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _names_owner(node, node.func.attr)
    }
    for node in ast.walk(tree):
        is_manager = isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
        if is_manager and id(node) not in named and (not _is_known(node.value) or _name(node.value) in models):
            yield node


def _names_owner(call: ast.Call, method: str) -> bool:
    return method in NAMING or (method == "filter" and any(word.arg in ("user", "user_id") for word in call.keywords))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_known(node: ast.expr) -> bool:
    """Whether the manager is that of a class by its name; any other might be of an owned model."""
    return _name(node)[:1].isupper()


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line; of an f-string, what stands between its holes."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else " ? " for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value


def unowned_places(statement: str, tables: set[str]) -> Iterator[str]:
    """Each place where a statement reads or writes an owned table without naming the owner of its rows."""
    if not STATEMENT.search(statement):
        return
    pattern = re.compile(PLACES.format(tables="|".join(map(re.escape, sorted(tables, key=len, reverse=True)))), re.I)
    for place in pattern.finditer(statement):
        if INSERTS.match(statement, place.start()):
            continue
        table, alias = place[1], place[2] or ""
        if alias.lower() in NO_ALIAS:
            alias = ""
        named = rf"\b(?:{alias or table})\.user_id\b|\bUSING \(user_id\b"
        bare = r"(?<![\w.])user_id\b" if not alias else r"$^"
        alone = r"(?<![\w.])user_id\b" if len(pattern.findall(statement)) == 1 else r"$^"
        if not re.search(f"{named}|{bare}|{alone}", statement):
            yield f"{table} {alias}".strip()


def too_few_owners(statement: str, tables: set[str]) -> bool:
    """Whether a statement reads or writes owned tables more often than it says whose rows."""
    if not STATEMENT.search(statement):
        return False
    pattern = re.compile(PLACES.format(tables="|".join(map(re.escape, sorted(tables, key=len, reverse=True)))), re.I)
    places = [place for place in pattern.finditer(statement) if not INSERTS.match(statement, place.start())]
    return len(CONDITION.findall(statement)) < len([place for place in places if not _is_comparison(statement, place)])


def _is_comparison(statement: str, place: re.Match[str]) -> bool:
    """Whether FROM belongs to IS DISTINCT FROM."""
    return statement[: place.start()].rstrip().upper().endswith("DISTINCT")


def test_every_queryset_names_the_owner() -> None:
    models = set(owned_tables().values())
    assert {"Account", "Transaction", "Budget", "ImportBatch"} <= models
    wrong = [
        f"{name}:{node.lineno}"
        for name, text in checked_modules().items()
        for node in unowned_managers(parsed(text), models)
    ]
    assert wrong == []


def test_every_statement_names_the_owner() -> None:
    tables = set(owned_tables())
    wrong = [
        f"{name}:{line}: {place}"
        for name, text in checked_modules().items()
        for line, string in texts(parsed(text))
        for place in unowned_places(string, tables)
    ]
    assert wrong == []


def test_each_statement_names_the_owner_for_each_table() -> None:
    """A second condition in another place of the statement does not stand in for one that is missing."""
    tables = set(owned_tables())
    wrong = [
        f"{name}:{line}"
        for name, text in checked_modules().items()
        for line, string in texts(parsed(text))
        if too_few_owners(string, tables)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("statement", "is_too_few"),
    [
        ("SELECT (SELECT max(day) FROM account), 1 FROM account WHERE user_id = %(user)s", True),
        ("SELECT 1 FROM account a JOIN category c ON c.id = a.id WHERE a.user_id = %(user)s", True),
        ("SELECT 1 FROM account a JOIN category c ON c.user_id = a.user_id WHERE a.user_id = %(user)s", False),
        ("INSERT INTO account (user_id) SELECT user_id FROM category WHERE user_id = %(user)s", False),
    ],
)
def test_owners_are_counted(statement: str, is_too_few: bool) -> None:
    assert too_few_owners(statement, {"account", "category"}) == is_too_few


def test_who_works_on_everybody_is_there() -> None:
    known = modules()
    assert [name for name in EVERYBODY if not any(f"{module}.".startswith(f"{name}.") for module in known)] == []


@pytest.mark.parametrize(
    "line",
    [
        "Account.objects.filter(pk=1)",
        "Account.objects.all().for_user(user)",
        "Account._default_manager.get(pk=1)",
        "model.objects.filter(pk=1)",
        "apps.get_model('accounts', 'Account').objects.first()",
    ],
)
def test_a_queryset_without_its_owner_is_found(line: str) -> None:
    assert list(unowned_managers(parsed(line), {"Account"}))


@pytest.mark.parametrize(
    "line",
    ["Account.objects.for_user(user).get(pk=1)", "Account.objects.filter(user=user)", "Session.objects.filter(pk=1)"],
)
def test_a_queryset_with_its_owner_passes(line: str) -> None:
    assert not list(unowned_managers(parsed(line), {"Account"}))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT sum(amount) FROM transaction WHERE account_id = %(account)s", ["transaction"]),
        (
            "SELECT 1 FROM transaction t JOIN account a ON a.id = t.id WHERE t.user_id = %(user)s",
            ["account a"],
        ),
        ('UPDATE "transaction" SET amount = 0 WHERE id = %s', ["transaction"]),
        ("DELETE FROM budget_allocation b WHERE b.id = 1", ["budget_allocation b"]),
        ("SELECT 1 FROM transaction WHERE user_id = %(user)s", []),
        ("SELECT 1 FROM transaction t JOIN account a USING (user_id, id)", []),
        ("INSERT INTO account (user_id, name) VALUES (%s, %s)", []),
        ("INSERT INTO account (name) VALUES (%s)", ["account"]),
        ("Where it went: choose an account from account", []),
    ],
)
def test_a_statement_without_its_owner_is_found(statement: str, found: list[str]) -> None:
    tables = {"transaction", "account", "budget_allocation"}
    assert list(unowned_places(statement, tables)) == found
