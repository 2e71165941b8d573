"""The shape of the code: import direction, ownership in queries, sizes. See docs/architecture.md."""

import ast
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests import packages
from tests.packages import ROOT, parsed, sources

PACKAGES = ["accounts", "transactions", "budgets", "wealthwise"]
MOST_MODULES = 15  # in one folder
# Names that tie a service to the web.
WEB = {"django.http", "django.forms", "django.contrib.messages", "django.shortcuts"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(path: Path) -> Iterator[tuple[str, int, ast.FunctionDef]]:
    for node in ast.walk(parsed(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, node


def test_one_order_of_all_packages_and_no_import_turns_back() -> None:
    known = packages.modules()
    graph = packages.edges(known)
    assert sorted(graph) == sorted(packages.ORDER)
    assert packages.cycles(graph) == []
    assert packages.turning_back(graph, packages.ORDER) == []


def test_nobody_imports_a_roof_but_roofs() -> None:
    names = ("api", "portability", "operations", "demo", "devserver", "console", "public")
    roofs = {f"wealthwise.{name}" for name in names}
    top = {"wealthwise.urls", "wealthwise.settings", "wealthwise.wsgi", "wealthwise.checks"}
    known = packages.modules()

    def roof_of(name: str) -> str:
        return next((roof for roof in roofs if f"{name}.".startswith(f"{roof}.")), "")

    wrong = [
        f"{module} imports {name}"
        for module, text in known.items()
        for name in packages.imported(text, known)
        if roof_of(name) and not roof_of(module) and module not in top
    ]
    assert wrong == []


def test_the_check_of_the_order_can_fail() -> None:
    known = {
        "low": "",
        "low.models": "",
        "low.models.rows": "def late():\n    from high.views import page\n",
        "high": "",
        "high.views": "from low.models import rows\n",
    }
    graph = packages.edges(known)
    assert packages.cycles(graph) == [["high", "low.models"]]
    assert packages.turning_back(graph, ["low", "low.models", "high"]) == ["low.models.rows imports high.views"]


def test_no_folder_is_crowded() -> None:
    counts = Counter(path.parent for path in sources() if path.name != "__init__.py")
    assert {str(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_services_know_nothing_of_the_web() -> None:
    services = [path for path in sources(*PACKAGES) if path.name.endswith("services.py")]
    assert len(services) >= 3
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in services for name in imports(path) if name in WEB]
    assert wrong == []


def unowned_managers(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Each ``.objects`` that is not directly followed by ``.for_user(``."""
    owned = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "for_user"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "objects" and id(node) not in owned:
            yield node


def test_no_view_reads_rows_of_everybody() -> None:
    views = [path for path in sources("accounts", "transactions", "budgets") if path.name.endswith("views.py")]
    assert len(views) >= 3
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in views
        for node in unowned_managers(parsed(path.read_text()))
    ]
    assert wrong == []


def test_the_ownership_check_can_fail() -> None:
    assert list(unowned_managers(parsed("Account.objects.filter(pk=1)")))
    assert not list(unowned_managers(parsed("Account.objects.for_user(user).filter(pk=1)")))


def test_sizes() -> None:
    sizes = [(name, size) for path in sources(*PACKAGES) for name, size, _ in functions(path)]
    lengths = sorted(size for _, size in sizes)
    assert [entry for entry in sizes if entry[1] > 60] == []
    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30
    long_files = {
        str(path.relative_to(ROOT)): count
        for path in sources(*PACKAGES)
        if (count := len(path.read_text().splitlines())) > 500
    }
    assert long_files == {}


def test_views_are_short() -> None:
    views = [path for path in sources("accounts", "transactions", "budgets") if path.name.endswith("views.py")]
    wrong = [(name, size) for path in views for name, size, _ in functions(path) if size > 30]
    assert wrong == []


# The one module that may write it, beside the console, and the one that tells whether a value is it.
MARKUP = {"wealthwise/core/jinja/writing.py", "wealthwise/core/jinja/output.py"}
TAG = re.compile(
    r"</?(?:a|b|button|br|code|dd|details|dialog|div|dl|dt|em|fieldset|figure|form|g|h[1-6]|head|html|i|img|input|label|"
    r"legend|li|link|meta|nav|ol|optgroup|option|p|path|rect|script|section|select|small|span|strong|style|summary|svg|"
    r"table|tbody|td|template|text|textarea|tfoot|th|thead|title|tr|ul)(?=[\s/>]|$)"
)


def modules_of_pages() -> Iterator[Path]:
    for path in sources(*PACKAGES):
        name = str(path.relative_to(ROOT))
        if name not in MARKUP and not name.startswith("wealthwise/console/"):
            yield path


def tags_in_strings(text: str) -> list[str]:
    """Tags of HTML in the strings of a module, f-strings included; docstrings are no strings."""
    tree = parsed(text)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        found.group()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        for found in TAG.finditer(node.value)
    ]


def marks_of_safety(text: str) -> list[str]:
    """Uses of what declares text to be HTML."""
    named = {"mark_safe", "format_html", "format_html_join", "SafeString", "SafeText", "Markup"}
    uses = []
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.ImportFrom):
            uses += [alias.name for alias in node.names if alias.name in named]
        elif isinstance(node, ast.Attribute) and node.attr in named:
            uses.append(node.attr)
    return uses


def test_markup_stands_in_templates() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in modules_of_pages()
        for found in [*tags_in_strings(path.read_text()), *marks_of_safety(path.read_text())]
    ]
    assert wrong == []


def test_the_check_of_markup_can_fail() -> None:
    text = '''
"""Writes <b>rows</b>."""
from django.utils.safestring import mark_safe
row = f"<li>{name}" + '<div class="a">' + "</li>" + "a <int:id> < b"
"""Such as <p>."""
'''
    assert sorted(tags_in_strings(text)) == ["</li", "<div", "<li"]
    assert marks_of_safety(text) == ["mark_safe"]
    assert marks_of_safety("from django.utils import html\nhtml.format_html('')") == ["format_html"]


def names_of_classes(text: str) -> list[str]:
    """What a module calls its classes; Django names each command ``Command``."""
    return [node.name for node in parsed(text).body if isinstance(node, ast.ClassDef) and node.name != "Command"]


def test_no_two_classes_share_a_name() -> None:
    used = Counter(name for path in sources(*PACKAGES) for name in names_of_classes(path.read_text()))
    assert [name for name, times in used.items() if times > 1] == []


def test_the_check_of_names_can_fail() -> None:
    assert names_of_classes("class Row: ...\nclass Command: ...\nclass Row:\n    class Meta: ...\n") == ["Row", "Row"]
