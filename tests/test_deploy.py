"""What stands in deploy names all settings and none that is not there, and the site has nothing to warn of with it."""

import os
import re
import subprocess
import sys
from configparser import ConfigParser

from tests.packages import ROOT
from wealthwise.devserver import server

DEPLOY = ROOT / "deploy"
# Of development, of processes that the site starts itself, and where the folder is.
NOT_IN_TEMPLATE = {"WEALTHWISE_DEBUG", "WEALTHWISE_TOOLBAR", "WEALTHWISE_POOL"}
OF_COMPOSE = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD"}


def read_by_settings() -> set[str]:
    text = (ROOT / "wealthwise/settings.py").read_text()
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z_]+)["']""", text))


def template(*, commented: bool) -> dict[str, str]:
    lines = (DEPLOY / "wealthwise.env").read_text().splitlines()
    found = [re.fullmatch(r"(#?)([A-Z_]+)=(.*)", line) for line in lines]
    return {match[2]: match[3] for match in found if match and (commented or not match[1])}


def test_the_template_and_the_documentation_name_every_setting() -> None:
    known = read_by_settings()
    assert {"SECRET_KEY", "DATABASE_URL", "WEALTHWISE_BACKUPS"} <= known
    assert set(template(commented=True)) == known - NOT_IN_TEMPLATE
    documented = (ROOT / "docs/operations.md").read_text()
    assert {
        name for name in known - {"WEALTHWISE_TOOLBAR", "WEALTHWISE_POOL"} if f"`{name}`" not in documented
    } == set()


def test_the_template_shows_as_many_threads_as_the_pool_has() -> None:
    found = template(commented=True)
    whole = int(found["DB_POOL_SIZE"]) + int(found["DB_POOL_OVERFLOW"])
    assert int(found["WEALTHWISE_THREADS"]) == whole
    assert f"at a peak: {whole} |" in (ROOT / "docs/operations.md").read_text()


def test_the_site_finds_nothing_to_warn_of_with_the_template() -> None:
    servers = {"DATABASE_URL", "CACHE_URL"}  # of the tests
    environ = {name: value for name, value in os.environ.items() if name not in read_by_settings() - servers}
    environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # which browser tests set
    values = {
        name: value.replace("REPLACE-ME", "k" * 3 + "0123456789abcdefghij" * 3)
        for name, value in template(commented=False).items()
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={
            **environ,
            **values,
            "WEALTHWISE_HOME": str(server.HOME),
            "DJANGO_SETTINGS_MODULE": "wealthwise.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_compose_names_settings_and_services_that_are_there() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    services = set(
        re.findall(r"^  (\w[\w-]*):$", text.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0], re.M)
    )
    assert services == {"site", "postgres", "valkey", "backup", "proxy"}
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) == OF_COMPOSE
    for block in re.findall(r"depends_on:\n((?:      ?[ -].*\n)+)", text):
        assert set(re.findall(r"^ +(?:- )?(\w+):?$", block, re.M)) <= services
    site = text.partition("x-site:")[2].partition("depends_on")[0]
    assert set(re.findall(r"^    ([A-Z_]+):", site, re.M)) <= read_by_settings() | {"WEALTHWISE_HOME"}
    used = set(re.findall(r"^      - ([\w-]+):/", text, re.M))
    assert used == set(re.findall(r"^  ([\w-]+):$", text.partition("\nvolumes:\n")[2], re.M))


def test_the_container_of_dumps_is_not_asked_whether_it_serves() -> None:
    dumps = (DEPLOY / "compose.yaml").read_text().partition("\n  backup:\n")[2].partition("\n\n")[0]
    assert "healthcheck:\n      disable: true\n" in dumps
    assert dumps.index("rm -f /backups/*.unfinished") < dumps.index("while :")


def test_units_start_commands_that_are_there() -> None:
    units = sorted(DEPLOY.glob("*.service"))
    assert [unit.name for unit in units] == ["wealthwise-scheduler.service", "wealthwise.service"]
    for unit in units:
        found = ConfigParser(strict=False, interpolation=None)
        found.optionxform = str  # type: ignore[assignment,method-assign]  # names as they are written
        found.read(unit)
        command = found["Service"]["ExecStart"].split()
        assert command[:2] == ["/opt/wealthwise/.venv/bin/python", "manage.py"]
        assert list(ROOT.glob(f"*/**/management/commands/{command[2]}.py")) != []
        assert found["Service"]["EnvironmentFile"] == "-/etc/wealthwise.env"
