"""A bounded mutation round: ``make mutants`` changes one condition or number at a time and runs the tests beside it.

It works on a copy of the tree, with servers of its own. A change that no test of the folder notices is a survivor:
either a test is missing, or both programs do the same. The conditions of SQL are changed as those of Python are.
"""

import argparse
import ast
import difflib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.packages import ROOT, TOPS

SUBJECTS = ("*/**/*services.py", "budgets/reports/*.py", "transactions/summaries/*.py")
PYTHON: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip
SQL = {
    " < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " = ": " <> ", " <> ": " = ", " - ": " + ",
    " + ": " - ", " AND ": " OR ", " OR ": " AND ", " IS NULL": " IS NOT NULL", " IS NOT NULL": " IS NULL",
    "-sum(": "sum(", " DESC": " ASC",
}  # fmt: skip
SQL_PART = re.compile("|".join(re.escape(part) for part in sorted(SQL, key=len, reverse=True)))
TEXT: set[type[ast.AST]] = {ast.JoinedStr}
STATEMENT = re.compile(r"\b(SELECT|WHERE|UPDATE|DELETE|CASE|JOIN)\b")


class Mutant(NamedTuple):
    """One change: the bytes from ``start`` to ``end`` of a module become ``text``."""

    path: Path
    start: int
    end: int
    text: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]

    def __str__(self) -> str:
        source = (ROOT / self.path).read_bytes()
        before, after = (text.decode().splitlines() for text in (source, self.applied(source)))
        lines = difflib.unified_diff(before, after, str(self.path), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith("+++"))


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change of a module that may be tried; docstrings and decorators stay as they are."""
    source = (ROOT / path).read_bytes()
    starts = [0, *(match.end() for match in re.finditer(b"\n", source))]
    nodes = list(ast.walk(ast.parse(source)))
    decorators = [part for node in nodes for part in getattr(node, "decorator_list", [])]
    passive = {node.value for node in nodes if isinstance(node, ast.Expr)}
    passive |= {node for part in decorators for node in ast.walk(part)}
    for node in nodes:
        if not isinstance(node, ast.expr) or node in passive:
            continue
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        if changed := _changed(node):
            yield Mutant(path, start, end, f"({ast.unparse(changed)})")
        text = source[start:end].decode()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(text):
            for part in SQL_PART.finditer(text):
                place = start + len(text[: part.start()].encode())
                yield Mutant(path, place, place + len(part[0]), SQL[part[0]])


def _changed(node: ast.expr) -> ast.expr | None:
    """What an expression of Python becomes; None where nothing is changed, as in a sum of texts."""
    match node:
        case ast.Compare(left, [first, *rest], values):
            return ast.Compare(left, [PYTHON[type(first)](), *rest], values)
        case ast.BoolOp(operator, values):
            return ast.BoolOp(PYTHON[type(operator)](), values)
        case ast.BinOp(left, operator, right) if type(operator) in PYTHON and not TEXT & {type(left), type(right)}:
            return ast.BinOp(left, PYTHON[type(operator)](), right)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            return operand
        case ast.Constant(bool() | int() as value):
            return ast.Constant(not value if isinstance(value, bool) else value + 1)
    return None


def tests_beside(path: Path) -> str:
    """The nearest folder of tests: ``budgets/reports/worth.py`` is tested in ``tests/budgets/reports``."""
    folders = [Path(str(folder).removeprefix("wealthwise/")) for folder in path.parents]
    return next(f"tests/{folder}" for folder in folders if (ROOT / "tests" / folder).is_dir())


def passes(copy: Path, tests: str, *options: str, seconds: float) -> bool:
    """Whether the tests of a folder pass in the copy; those that hang do not."""
    command = [sys.executable, "-m", "pytest", "-xq", "--reuse-db", "-m", "not browser", *options, tests]
    try:
        return subprocess.run(command, cwd=copy, capture_output=True, timeout=seconds, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def tried(drawn: list[Mutant], copy: Path, until: float) -> Iterator[tuple[Mutant, bool]]:
    """Each change with whether it survived, until the time is over; the copy is whole again after each."""
    seconds: dict[str, float] = {}
    for mutant in drawn:
        tests, begun = tests_beside(mutant.path), time.monotonic()
        if tests not in seconds:
            if not passes(copy, tests, "--create-db", seconds=3600):
                sys.exit(f"{tests} fails as it is.")
            seconds[tests] = 30 + 3 * (time.monotonic() - begun)
        if time.monotonic() > until:
            return
        target, source = copy / mutant.path, (ROOT / mutant.path).read_bytes()
        target.write_bytes(mutant.applied(source))
        yield mutant, passes(copy, tests, seconds=seconds[tests])
        target.write_bytes(source)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "subjects", nargs="*", default=SUBJECTS, help="patterns of modules: services, reports and sums"
    )
    parser.add_argument("--most", type=int, default=60, help="how many changes are tried")
    parser.add_argument("--minutes", type=float, default=15, help="after which no other change is begun")
    parser.add_argument("--seed", type=int, default=0, help="draws other changes")
    given = parser.parse_args()
    paths = {path.relative_to(ROOT) for pattern in given.subjects for path in ROOT.glob(pattern)}
    known = [mutant for path in sorted(paths) if path.parts[0] in TOPS for mutant in mutants_of(path)]
    drawn = random.Random(given.seed).sample(known, min(given.most, len(known)))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        try:
            done = list(tried(sorted(drawn), copy, time.monotonic() + 60 * given.minutes))
        finally:
            subprocess.run([sys.executable, "manage.py", "dbserver", "stop"], cwd=copy, check=False)
    survivors = [mutant for mutant, survived in done if survived]
    sys.stdout.write("".join(f"{mutant}\n" for mutant in survivors))
    sys.stdout.write(f"{len(known)} changes known, {len(done)} tried, {len(survivors)} survived\n")


if __name__ == "__main__":
    main()
