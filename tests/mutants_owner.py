"""``make mutants-owner`` takes the owner away from each statement and queryset in turn; each change must be noticed.

What notices is the walk of ``tests/strangers``: somebody beside neighbours with look-alike rows, who must be answered
as if alone. Each change is tried in a process of its own, forked from one that has loaded everything but the project,
and only with the requests that reach the changed place. A change that they do not notice counts as caught when
``tests/test_ownership.py`` names that very place, or when the tests beside the module fail; others are survivors.
"""

import argparse
import ast
import contextlib
import hashlib
import importlib
import importlib.machinery
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutants import STATEMENT, Mutant, passes, tests_beside
from tests.packages import ROOT, TOPS, module_of, sources
from tests.test_ownership import (
    CONDITION,
    EVERYBODY,
    owned_tables,
    texts,
    too_few_owners,
    unowned_managers,
    unowned_places,
)

NAME = "owner_mutants"
LONGEST = 60  # seconds for one change
KILLED, SURVIVED, BROKEN = 3, 0, 1


class Place(NamedTuple):
    """A change with the code that it is in: a function by its name, or the text around it in a statement."""

    mutant: Mutant
    function: str
    text: str


class Record(NamedTuple):
    """What the walks were told: one entry a request, with what it ran."""

    people: list[tuple[Any, ...]]
    marks: list[tuple[int, Any, str, str]]
    functions: list[set[tuple[str, str]]]
    statements: list[str]
    modules: list[str]
    owned: dict[str, str]


def places() -> Iterator[Place]:
    """Every place of the project that names the owner of rows, except in modules that work on everybody's."""
    for path in sources(*TOPS):
        name = module_of(path)
        if not any(
            f"{name}.".startswith(f"{package}.") for package in EVERYBODY if package != "accounts.models.cached_user"
        ):
            yield from places_of(path.relative_to(ROOT))


def places_of(path: Path) -> Iterator[Place]:
    source = (ROOT / path).read_bytes()
    lines = [0, *(match.end() for match in re.finditer(b"\n", source))]
    tree = ast.parse(source)

    def at(line: int | None, column: int | None) -> int:
        return lines[(line or 1) - 1] + (column or 0)

    passive = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node, function in walked(tree):
        if not isinstance(node, ast.expr) or node in passive:
            continue
        start, end = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)
        match node:
            case ast.Call(ast.Attribute(value, "for_user"), _):
                yield Place(Mutant(path, at(value.end_lineno, value.end_col_offset), end, ".all()"), function, "")
            case ast.Call(ast.Attribute(value, "filter" | "get" | "exclude" as method), _, words) if any(
                word.arg in ("user", "user_id") for word in words
            ):
                left = [word for word in words if word.arg not in ("user", "user_id")]
                call = ast.unparse(ast.Call(ast.Name(method), node.args, left))
                begin = at(value.end_lineno, value.end_col_offset)
                yield Place(Mutant(path, begin, end, f".{call}"), function, "")
            case ast.Compare(ast.Attribute(_, "user_id"), [ast.Eq() | ast.NotEq() as sign], _):
                yield Place(Mutant(path, start, end, str(isinstance(sign, ast.Eq))), function, "")
            case ast.Constant(str()) if STATEMENT.search(text := source[start:end].decode()):
                for found in CONDITION.finditer(text):
                    begin = start + len(text[: found.start()].encode())
                    instead = "TRUE" if "=" in found[0] else ""
                    yield Place(
                        Mutant(path, begin, begin + len(found[0].encode()), instead), function, around(text, found)
                    )


def walked(tree: ast.AST, inside: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Each node with the qualified name of the function that it is in; a lambda is part of its function."""
    for node in ast.iter_child_nodes(tree):
        yield node, inside
        name = inside
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{inside}.{node.name}" if inside else node.name
        yield from walked(node, name)


def around(text: str, found: re.Match[str]) -> str:
    """The longest part of the line that stands in the statement as it is run: without what is put in."""
    begin = max(text.rfind(mark, 0, found.start()) for mark in "\n{}\"'") + 1
    ends = [end for mark in "\n{}\"'" if (end := text.find(mark, found.end())) >= 0]
    return " ".join(text[begin : min(ends, default=len(text))].split())


def steps_of(place: Place, record: Record) -> list[int]:
    """The requests that run a place, those that write last; all when it is not known which."""
    path = str(ROOT / place.mutant.path)
    if place.text:
        found = [n for n, text in enumerate(record.statements) if place.text in text]
    else:
        found = [
            n
            for n, ran in enumerate(record.functions)
            if any(file == path and name.replace(".<locals>", "").startswith(place.function) for file, name in ran)
        ]
    return sorted(found, key=lambda n: record.marks[n][1].method)


# In processes of their own


def prepared() -> None:
    """Django on the database of the mutants, as the tests have it."""
    import django
    from django.conf import settings

    from tests.strangers.memory import MEMORY

    settings.DATABASES["default"]["NAME"] = NAME
    settings.CACHES = MEMORY
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = True
    logging.disable(logging.CRITICAL)
    django.setup()
    from django.test.utils import setup_test_environment

    setup_test_environment()


def recorded() -> Record:
    """Make the database and the worlds, walk alone, and then beside neighbours with all that is run written down."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = "postgres"
    import psycopg

    prepared()
    from django.db import connection, transaction

    from tests.strangers import scenes

    arguments = connection.get_connection_params()
    for key in ("cursor_factory", "context", "prepare_threshold", "pool"):
        arguments.pop(key, None)
    with psycopg.connect(**{**arguments, "dbname": "postgres"}, autocommit=True) as administrator:
        administrator.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        administrator.execute(f"CREATE DATABASE {NAME}")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        walks = scenes.walks()
        before = scenes.move_neighbours_in(walks)
    marks, functions, statements = [], [], []
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(" ".join(sql.split()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        for number, walk in enumerate(walks):
            for step, alone in walk.answers.items():
                seen.clear()
                with running() as ran:
                    beside = walk.ask(step)
                if beside.told != alone.told or beside.others not in ("", before[walk.person]):
                    raise SystemExit(f"{step} depends on others as it is.")
                marks.append((number, step, digest(beside.told), beside.others))
                functions.append(ran)
                statements.append("\n".join(seen))
    theirs = [name for name in sys.modules if name.partition(".")[0] not in (*TOPS, "tests", "__main__")]
    connection.close()
    people = [(walk.person, walk.cookies, {}, walk.today) for walk in walks]
    return Record(people, marks, functions, statements, theirs, owned_tables())


@contextlib.contextmanager
def running() -> Iterator[set[tuple[str, str]]]:
    """File and name of each function of the project that is begun meanwhile."""
    watching, ran = sys.monitoring, set[tuple[str, str]]()

    def begun(code: Any, _offset: int) -> Any:
        if code.co_filename.startswith(str(ROOT)) and ".venv" not in code.co_filename:
            ran.add((code.co_filename, code.co_qualname))
        return watching.DISABLE

    watching.use_tool_id(watching.PROFILER_ID, "owner")
    watching.register_callback(watching.PROFILER_ID, watching.events.PY_START, begun)
    watching.set_events(watching.PROFILER_ID, watching.events.PY_START)
    watching.restart_events()
    try:
        yield ran
    finally:
        watching.set_events(watching.PROFILER_ID, 0)
        watching.free_tool_id(watching.PROFILER_ID)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def notices(mutant: Mutant, record: Record, steps: list[int]) -> bool:
    """Whether a request is answered otherwise, or writes otherwise, in the project with the change."""
    path, changed = str(ROOT / mutant.path), mutant.applied((ROOT / mutant.path).read_bytes())
    read = importlib.machinery.SourceFileLoader.get_data

    def get_data(self: Any, asked: str) -> bytes:
        if asked.endswith(".pyc") and Path(asked).name.startswith(f"{Path(path).stem}."):
            raise OSError("Only the source is changed.")
        return changed if asked == path else read(self, asked)

    sys.dont_write_bytecode = True  # or the next process would load the change as if it were the project
    importlib.machinery.SourceFileLoader.get_data = get_data  # type: ignore[method-assign]
    prepared()
    from tests.strangers.walk import Walk

    walks = [Walk(*told) for told in record.people]
    for number in steps:
        walk_number, step, mark, others = record.marks[number]
        answer = walks[walk_number].ask(step)
        if digest(answer.told) != mark or answer.others != others:
            return True
    return False


def apart(work: Callable[[], int], most: int = LONGEST) -> int:
    """The process of a fork that does ``work`` and ends with what it returns; one that hangs is ended."""
    pid = os.fork()
    if pid:
        return pid
    code = BROKEN
    try:
        signal.alarm(most)
        code = work()
    except SystemExit as told:
        sys.stderr.write(f"{told}\n")
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def warm(names: list[str]) -> None:
    """Load the libraries, so that each fork has them; what needs the project's models is left out."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def named_there(place: Place, owned: dict[str, str]) -> bool:
    """Whether the check of owners names this very place once it is changed."""

    def found(source: bytes) -> int:
        tree = ast.parse(source)
        return len(list(unowned_managers(tree, models))) + sum(
            len(list(unowned_places(text, tables))) + too_few_owners(text, tables) for _, text in texts(tree)
        )

    models, tables = set(owned.values()), set(owned)
    source = (ROOT / place.mutant.path).read_bytes()
    return found(place.mutant.applied(source)) > found(source)


def tests_notice(left: list[Place], until: float) -> Iterator[bool]:
    """Whether the tests beside each module notice, in a copy of the project with servers of its own."""
    with tempfile.TemporaryDirectory(prefix="mutants-owner-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        known: dict[str, bool] = {}
        for place in left:
            target, tests = copy / place.mutant.path, tests_beside(place.mutant.path)
            if tests not in known and time.monotonic() < until:
                known[tests] = passes(copy, tests, "--create-db", seconds=900)
            if time.monotonic() > until or not known[tests]:
                yield False
                continue
            source = target.read_bytes()
            target.write_bytes(place.mutant.applied(source))
            yield not passes(copy, tests, seconds=600)
            target.write_bytes(source)
        subprocess.run([sys.executable, "manage.py", "dbserver", "stop"], cwd=copy, check=False)


def record_of(folder: Path) -> Record:
    """What the walks are told; made in a process of its own, so that this one stays without the project."""

    def work() -> int:
        record = recorded()
        (folder / "record").write_bytes(pickle.dumps(record))
        return 0

    _, status = os.waitpid(apart(work, 900), 0)
    if status:
        sys.exit("The walk fails as it is.")
    return pickle.loads((folder / "record").read_bytes())


def tried(found: list[Place], record: Record, jobs: int, until: float) -> dict[int, int]:
    """For each place that was tried whether requests noticed the change."""
    codes: dict[int, int] = {}
    running: dict[int, int] = {}
    for number, place in enumerate(found):
        if time.monotonic() > until:
            break
        steps = steps_of(place, record)
        if not steps:
            codes[number] = SURVIVED
            continue
        while len(running) >= jobs:
            _reap(running, codes)

        def work(mutant: Mutant = place.mutant, steps: list[int] = steps) -> int:
            return KILLED if notices(mutant, record, steps) else SURVIVED

        running[apart(work)] = number
    while running:
        _reap(running, codes)
    return codes


def _reap(running: dict[int, int], codes: dict[int, int]) -> None:
    pid, status = os.wait()
    if pid in running:
        codes[running.pop(pid)] = os.waitstatus_to_exitcode(status)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutants-owner", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("subjects", nargs="*", help="beginnings of modules, all without any: budgets/reports")
    parser.add_argument("--jobs", type=int, default=2, help="how many changes are tried at once")
    parser.add_argument("--minutes", type=float, default=20, help="after which no other change is begun")
    parser.add_argument("--more", type=float, default=20, help="for the tests beside what no request noticed")
    parser.add_argument("--all", action="store_true", help="tell of each change what noticed it")
    given = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "wealthwise.settings"
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    from wealthwise.devserver import server

    begun = time.monotonic()
    lease = server.ensure_from_environment(ROOT, os.environ)
    found = [
        place
        for place in places()
        if not given.subjects or any(str(place.mutant.path).startswith(subject) for subject in given.subjects)
    ]
    with tempfile.TemporaryDirectory(prefix="mutants-owner-") as folder:
        record = record_of(Path(folder))
        warm(record.modules)
        codes = tried(found, record, given.jobs, begun + 60 * given.minutes)
    left = [number for number, code in codes.items() if code == SURVIVED]
    by_name = [number for number in left if named_there(found[number], record.owned)]
    left = [number for number in left if number not in by_name]
    by_tests = [
        n
        for n, is_noticed in zip(
            left, tests_notice([found[n] for n in left], begun + 60 * (given.minutes + given.more)), strict=True
        )
        if is_noticed
    ]
    survivors = [number for number in left if number not in by_tests]
    for title, numbers in (("Only the check of owners notices", by_name), ("Survived", survivors)):
        for number in numbers if given.all or title == "Survived" else []:
            reached = len(steps_of(found[number], record))
            sys.stdout.write(f"{title}, reached by {reached} requests:\n{found[number].mutant}\n")
    sys.stdout.write(
        f"{len(found)} places name the owner, {len(codes)} tried with {len(record.marks)} requests in "
        f"{time.monotonic() - begun:.0f} s: {len(codes) - len(by_name) - len(left)} noticed by an answer, "
        f"{len(by_tests)} by the tests beside, {len(by_name)} by the check of that place alone, "
        f"{len(survivors)} survived\n"
    )
    if lease is not None:
        lease.close()
    sys.exit(bool(survivors) or len(codes) < len(found))


if __name__ == "__main__":
    main()
