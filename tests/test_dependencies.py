"""What is installed is what was locked: both lock files hold what pyproject.toml asks for, each release by hashes."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packages import ROOT

Lock = dict[str, tuple[str, list[str]]]  # version and hashes by name

PINNED = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+) \\\n(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)", re.MULTILINE
)


def locked(name: str) -> Lock:
    """Version and hashes of each release in a lock file."""
    text = (ROOT / name).read_text()
    found = {
        pin["name"]: (pin["version"], re.findall(r"sha256:[0-9a-f]{64}", pin["hashes"]))
        for pin in PINNED.finditer(text)
    }
    assert len(found) == len(
        re.findall(r"^[a-z0-9]", text, re.MULTILINE)
    )  # a release without a hash is in the second only
    return found


def missing(wanted: list[str], lock: Lock) -> list[str]:
    """The requirements that no release in the lock fulfils."""

    def is_held(one: Requirement) -> bool:
        name = canonicalize_name(one.name)
        return name in lock and lock[name][0] in one.specifier

    return [line for line in wanted if not is_held(Requirement(line))]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    site, development = locked("requirements.txt"), locked("requirements-dev.txt")
    assert missing(project["dependencies"], site) == []
    assert missing(project["optional-dependencies"]["dev"], development) == []
    assert {name: development.get(name) for name in site} == site


def test_the_check_of_the_locks_can_fail() -> None:
    lock = {"django": ("6.1.3", ["sha256:"])}
    assert missing(["django>=6.1,<6.2"], lock) == []
    assert missing(["Django>=6.2", "jinja2"], lock) == ["Django>=6.2", "jinja2"]
