"""The packages of the project and what they import, read from the syntax tree: ``make packages`` draws them.

A package is a folder with modules. The `models` of an app are one package, also as seen from modules beside it.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOPS = ("accounts", "transactions", "budgets", "wealthwise")

# From the ground up: a package imports only what stands above its own line here.
ORDER = [
    "wealthwise.postgres.backend",
    "wealthwise.postgres",
    "wealthwise.postgres.carrying",
    "wealthwise.core.cache",
    "wealthwise.core",
    "wealthwise.core.charts",
    "wealthwise.core.jinja",
    "wealthwise.core.http",
    "accounts.models",
    "accounts.people",
    "accounts.signin",
    "accounts.money",
    "accounts",
    "accounts.management.commands",
    "transactions.models",
    "transactions.jobs",
    "transactions.summaries",
    "transactions.categories",
    "transactions.search",
    "transactions.tags",
    "transactions.balances",
    "transactions.bulk",
    "transactions.rules",
    "transactions.pairing",
    "transactions.ledger",
    "transactions.splits",
    "transactions.transfers",
    "transactions.reconciling",
    "transactions.account",
    "transactions.importing.formats",
    "transactions.importing.csv",
    "transactions.importing.filing",
    "transactions.importing.draft",
    "transactions.importing.profiles",
    "transactions.importing.packed",
    "transactions.importing.several",
    "transactions.importing",
    "transactions",
    "transactions.management.commands",
    "budgets.models",
    "budgets.periods",
    "budgets.budget",
    "budgets.schedules",
    "budgets.recurring",
    "budgets.reports",
    "budgets.dashboard",
    "budgets.onboarding",
    "budgets",
    "budgets.management.commands",
    "wealthwise.portability.moving.sources",
    "wealthwise.portability.moving",
    "wealthwise.portability.export.codecs",
    "wealthwise.portability.export.others",
    "wealthwise.portability.export",
    "wealthwise.portability.legacy",
    "wealthwise.portability",
    "wealthwise.portability.management.commands",
    "wealthwise.api",
    "wealthwise.api.operations",
    "wealthwise.api.tokens",
    "wealthwise.api.site",
    "wealthwise.operations.models",
    "wealthwise.operations",
    "wealthwise.operations.telemetry",
    "wealthwise.operations.plan",
    "wealthwise.operations.management.commands",
    "wealthwise.demo",
    "wealthwise.demo.management.commands",
    "wealthwise.devserver",
    "wealthwise.devserver.backup",
    "wealthwise.devserver.management.commands",
    "wealthwise.console.templatetags",
    "wealthwise.console.models",
    "wealthwise.console.access",
    "wealthwise.console.jobs",
    "wealthwise.console.health",
    "wealthwise.console.front",
    "wealthwise.console.people",
    "wealthwise.console.screens",
    "wealthwise.console",
    "wealthwise.console.management.commands",
    "wealthwise.public",
    "wealthwise",
]


def sources(*folders: str) -> Iterator[Path]:
    """Every module of the project below ``folders`` (all without any), migrations left out."""
    for folder in folders or TOPS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def module_of(path: Path) -> str:
    """The dotted name of a file: ``accounts/models/users.py`` is ``accounts.models.users``."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def modules() -> dict[str, str]:
    """The text of every module by its dotted name; a package is the module of its ``__init__``."""
    return {module_of(path): path.read_text() for path in sources()}


@cache
def parsed(text: str) -> ast.Module:
    """The tree of a module, which several rules go through; none changes it."""
    return ast.parse(text)


def package_of(module: str, known: Iterable[str]) -> str:
    """The package that a module stands in; a package and the `models` of an app are their own."""
    is_package = any(name.startswith(f"{module}.") for name in known)
    return module if is_package or module.endswith(".models") else module.rpartition(".")[0]


def imported(text: str, known: Mapping[str, str]) -> Iterator[str]:
    """Modules of the project that a module imports, wherever in it, for annotations too."""
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known:
                    yield inner
                elif node.module in known:
                    yield node.module


def edges(known: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """For each package the packages that it imports, with one sentence an import."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for module, text in known.items():
        here = package_of(module, known)
        if text.strip():
            found[here]
        for name in imported(text, known):
            there = package_of(name, known)
            if there != here:
                found[here][there].append(f"{module} imports {name}")
    return found


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Every set of packages that reach each other, each sorted; empty when there is an order."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen, todo = set[str](), list(graph[start])
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                todo += graph.get(name, ())
        reach[start] = seen
    rings = {tuple(sorted(b for b in reach[a] if a in reach.get(b, ()))) for a in graph if a in reach[a]}
    return [list(ring) for ring in sorted(rings)]


def turning_back(graph: Mapping[str, Mapping[str, list[str]]], order: list[str]) -> list[str]:
    """Imports of what stands on the same line or below it, in sentences."""
    place = {name: number for number, name in enumerate(order)}
    return [
        sentence
        for here, targets in graph.items()
        for there, sentences in targets.items()
        if place[there] >= place[here]
        for sentence in sentences
    ]


def main() -> None:
    """Draw each package with what it imports, from the ground up."""
    graph = edges(modules())
    for name in ORDER:
        inside = sum(path.name != "__init__.py" for path in (ROOT / Path(*name.split("."))).glob("*.py"))
        sys.stdout.write(f"{name} ({inside})\n")
        below = sorted(graph.get(name, ()), key=ORDER.index)
        if below:
            sys.stdout.write(f"    {', '.join(below)}\n")
    sys.stdout.write(f"{len(ORDER)} packages, cycles: {cycles(graph) or 'none'}\n")


if __name__ == "__main__":
    main()
