"""Copies of the database: moved to another server and back, and brought back as it was at a moment after a kill."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.databases import administrator, default_leads_to
from tests.devserver.test_server import eventually, processes
from tests.factories import make_account, make_category, make_subcategory, make_transaction, make_user
from wealthwise.devserver import server
from wealthwise.devserver.backup import bases, keys, moving, restoring, taking, tools
from wealthwise.devserver.backup.keys import Keys
from wealthwise.devserver.backup.tools import BackupError
from wealthwise.devserver.layout import DATABASE, PORT, USER, Layout
from wealthwise.devserver.management.commands.dbserver import PROMISE

SECRETS = Keys("the key of the site", ["an earlier one"])
PASSPHRASE = "four words on paper"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    yield folder
    server.stop(folder)
    eventually(lambda: not processes(folder))


@pytest.fixture
def dumped(transactional_db: None, tmp_path: Path) -> Path:
    """What two people have, in one file."""
    for name in ("owner", "stranger"):
        user = make_user(name)
        account = make_account(user, opening="100")
        for month in range(1, 13):
            subcategory = make_subcategory(user, name=f"{make_category(user).name} {month % 3}")
            make_transaction(user, day=f"2026-{month:02}-15", account=account, subcategory=subcategory)
    file = tmp_path / "site.dump"
    moving.dump(connection, file, lambda _: None)
    assert [path.name for path in tmp_path.glob("*.dump*")] == ["site.dump"]
    return file


@contextmanager
def leading_to(root: Path) -> Iterator[Any]:
    """Django's own connection, to the embedded server of ``root``."""
    usual = dict(connection.settings_dict)
    there = {"HOST": str(Layout.of(root).sockets), "PORT": PORT, "USER": USER, "PASSWORD": "", "NAME": DATABASE}
    connection.close()
    connection.settings_dict.update(there)
    try:
        yield connection
    finally:
        connection.close()
        connection.settings_dict.update(usual)


@contextmanager
def empty_database() -> Iterator[None]:
    """Django's own connection, to a database beside that of the tests."""
    name = f"empty_{os.getpid()}"
    with administrator() as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            with default_leads_to(name):
                yield
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def connected(root: Path) -> "psycopg.Connection[Any]":
    return psycopg.connect(tools.embedded(Layout.of(root)), autocommit=True)


def sums(on: Any) -> dict[str, tuple[int, Any]]:
    """Of every table and view of the database: its rows, and a sum over all that stands in them."""
    cursor = on.cursor()
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') "
        "AND relname <> 'pg_stat_statements' ORDER BY relname"
    )
    found = {}
    for (name,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*), sum(hashtextextended(t::text, 0)) FROM "{name}" t')
        found[name] = cursor.fetchone()
    return found


def take(root: Path, folder: Path, keep: int = 7, passphrase: str = PASSPHRASE) -> bases.Base:
    return taking.take(
        layout=Layout.of(root),
        folder=folder,
        keep=keep,
        secrets=SECRETS,
        passphrase=passphrase,
        told=lambda done, total: None,
    )


def restore(root: Path, folder: Path, moment: datetime | None = None) -> restoring.RestoredSite:
    return restoring.restore(layout=Layout.of(root), folder=folder, moment=moment, passphrase=PASSPHRASE)


def killed(root: Path) -> None:
    """Everything of the site at once, as a power cut would."""
    while found := processes(root):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


class Writer(threading.Thread):
    """Copies a row of the ledger again and again, each acknowledged, and rests while it is told to."""

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(daemon=True)
        self.root, self.number = root, number
        self.may, self.rests = threading.Event(), threading.Event()
        self.may.set()
        self.acknowledged: list[int] = []

    def run(self) -> None:
        try:
            with connected(self.root) as server:
                columns = ", ".join(
                    name
                    for (name,) in server.execute(
                        "SELECT attname FROM pg_attribute WHERE attrelid = 'transaction'::regclass AND attnum > 0 "
                        "AND NOT attisdropped AND attgenerated = '' AND attidentity = '' AND attname <> 'import_key'"
                    )
                )
                copy = (
                    f"INSERT INTO transaction ({columns}) SELECT {columns} FROM transaction "
                    'WHERE user_id = (SELECT min(id) + %(number)s FROM "user") LIMIT 1 RETURNING id'
                )
                while True:
                    self.rests.set()
                    self.may.wait()
                    self.rests.clear()
                    for _ in range(20):
                        ((number,),) = server.execute(copy, {"number": self.number}).fetchall()
                        self.acknowledged.append(number)
        except psycopg.Error:
            return  # it was killed


def test_a_site_moves_to_another_server_and_back(dumped: Path, root: Path, tmp_path: Path) -> None:
    here = sums(connection)
    assert here["transaction"][0] == 24
    assert here["spending_summary"][0] > 0
    with server.ensure(root), leading_to(root):
        out = StringIO()
        call_command("load", dumped, stdout=out)
        assert "Loaded. Next: manage.py check_summaries" in out.getvalue()
        there = sums(connection)
        # The view is filled by loading, and was empty in the dump; its refresh is on record.
        assert {name for name in here if here[name] != there[name]} == {"user_spending_summary", "view_refresh"}
        call_command("check_summaries", stdout=StringIO(), stderr=StringIO())
        call_command("plan", "--check", stdout=StringIO())
        with pytest.raises(BackupError, match="not empty"):
            moving.load(connection, dumped, lambda _: None)
        back = tmp_path / "back.dump"
        call_command("dump", back, stdout=StringIO())
        assert sums(connection) == there
    with empty_database():
        moving.load(connection, back, lambda _: None)
        assert sums(connection) == there


def test_what_is_no_whole_dump_is_refused_and_leaves_nothing(
    dumped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, _ = tools.address(connection.get_connection_params())
    rows_only, cut = tmp_path / "rows.dump", tmp_path / "cut.dump"
    tools.run("pg_dump", f"--dbname={target}", "--format=custom", "--data-only", f"--file={rows_only}")
    cut.write_bytes(dumped.read_bytes()[: dumped.stat().st_size * 3 // 4])
    with empty_database():
        for file, words in ((rows_only, "has no tables"), (cut, "end of file"), (tmp_path / "no", "failed")):
            with pytest.raises(BackupError, match=words):
                moving.load(connection, file, lambda _: None)
            assert sums(connection) == {}
        with connection.cursor() as cursor:
            cursor.execute("CREATE FUNCTION console_log_is_append_only() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        with pytest.raises(BackupError, match=r"(?s)empty as before.*already exists"):
            moving.load(connection, dumped, lambda _: None)
        assert sums(connection) == {}
        monkeypatch.setitem(connection.__dict__, "pg_version", 190001)
        with pytest.raises(BackupError, match="PostgreSQL 19"):
            moving.load(connection, dumped, lambda _: None)
        monkeypatch.undo()
    with pytest.raises(BackupError, match="cannot be written"):
        moving.dump(connection, tmp_path / "no" / "where.dump", lambda _: None)


def test_a_killed_site_comes_back_whole_and_as_it_was_at_a_moment(
    dumped: Path, root: Path, tmp_path: Path, record_property: Any
) -> None:
    folder = tmp_path / "copies"
    server.ensure(root, persist=True).close()
    with leading_to(root):
        call_command("load", dumped, stdout=StringIO())
    writers = [Writer(root, number) for number in (0, 1)]
    for writer in writers:
        writer.start()
    base = take(root, folder)
    for writer in writers:
        writer.may.clear()
        assert writer.rests.wait(60)
    with connected(root) as quiet:
        then = sums(quiet)
        ((moment,),) = quiet.execute("SELECT clock_timestamp()").fetchall()
    at_least = sum(len(writer.acknowledged) for writer in writers)
    for writer in writers:
        writer.may.set()
    eventually(lambda: sum(len(writer.acknowledged) for writer in writers) > at_least + 100, 60)
    killed(root)
    for writer in writers:
        writer.join()
    acknowledged = {number for writer in writers for number in writer.acknowledged}
    record_property("acknowledged", len(acknowledged))

    assert then["transaction"][0] >= 24 + at_least
    began = time.monotonic()
    whole = restore(root, folder)
    record_property("seconds", round(time.monotonic() - began, 1))
    assert whole.keys == SECRETS
    assert whole.aside is not None
    with server.ensure(root), connected(root) as found:
        rows = {number for (number,) in found.execute("SELECT id FROM transaction")}
        assert acknowledged - rows == set()
        assert len(rows) - 24 - len(acknowledged) <= len(writers)  # committed, and killed before anybody heard
        assert found.execute("SHOW archive_library").fetchall() == [("",)]
    server.stop(root)

    earlier = restore(root, folder, moment)
    assert earlier.base == base
    assert earlier.last is not None
    assert earlier.last <= moment
    with server.ensure(root), leading_to(root):
        assert sums(connection) == then
        call_command("check_summaries", stdout=StringIO(), stderr=StringIO())
        call_command("plan", "--check", stdout=StringIO())
    # What comes after is another history, with a folder of its own.
    with server.ensure(root):
        assert take(root, folder, keep=1).wal != base.wal
    assert not base.folder.exists()
    assert not base.wal.exists()


def numbered(root: Path) -> list[int]:
    with connected(root) as found:
        return [number for (number,) in found.execute("SELECT number FROM kept ORDER BY number")]


def test_copies_are_verified_kept_so_many_and_refused_where_they_would_lose(root: Path, tmp_path: Path) -> None:
    folder, moments = tmp_path / "copies", []
    with server.ensure(root):
        with connected(root) as writing:
            writing.execute("CREATE TABLE kept (number int)")
            for number in range(3):
                writing.execute("INSERT INTO kept VALUES (%s)", [number])
                taken = take(root, folder, keep=2)
                moments.append(taken.finished_at)
                time.sleep(1)  # copies are named by the second
            writing.execute("INSERT INTO kept VALUES (3)")
            for _ in range(3):
                writing.execute("INSERT INTO kept VALUES (4)")
                writing.execute("SELECT pg_switch_wal()")
        with pytest.raises(BackupError, match="is running"):
            restore(root, folder)
        with pytest.raises(BackupError, match="inside of"):
            take(root, Layout.of(root).data / "copies")
    server.stop(root)
    found = bases.in_folder(folder)
    assert [base.finished_at for base in found] == moments[1:]
    first = min(path.name for path in found[0].wal.glob("[0-9A-F]" * 24))
    assert first == found[0].facts.first_segment  # what only the deleted copy needed is gone
    before = sums_of_files(root)
    with pytest.raises(BackupError, match="The oldest backup"):
        restore(root, folder, moments[0])
    with pytest.raises(BackupError, match="ends before"):
        restore(root, folder, datetime.now(UTC) + timedelta(days=1))
    assert not (Layout.of(root).cluster_home / "restoring").exists()
    with pytest.raises(BackupError, match="passphrase does not open"):
        restoring.restore(layout=Layout.of(root), folder=folder, moment=None, passphrase="another")
    last = bases.last_segment(taken.copy)
    within, *beyond = sorted(path for path in taken.wal.glob("[0-9A-F]" * 24) if path.name >= last)
    assert within.name == last
    # The copy has its own segments; what follows them directly may be missing no less than what is between others.
    for missing in ([beyond[0]], [within, beyond[0]], [within, *beyond[:2]]):
        hidden = [path.rename(folder / f"hidden-{path.name}") for path in missing]
        with pytest.raises(BackupError, match=f"lacks the segment {beyond[0].name}"):
            restore(root, folder)
        for path, place in zip(hidden, missing, strict=True):
            path.rename(place)
    damaged = bytearray((taken.copy / "base.tar.gz").read_bytes())
    for at in range(len(damaged) // 2, len(damaged) // 2 + 2000):  # one bit may be of what nobody reads
        damaged[at] ^= 0xFF
    intact = shutil.copy(taken.copy / "base.tar.gz", tmp_path / "intact")
    (taken.copy / "base.tar.gz").write_bytes(damaged)
    with pytest.raises(BackupError, match="pg_verifybackup failed"):
        restore(root, folder)
    assert sums_of_files(root) == before
    shutil.copy(intact, taken.copy / "base.tar.gz")
    assert restore(root, folder).base.folder == taken.folder
    with server.ensure(root):
        assert numbered(root) == [0, 1, 2, 3, 4, 4, 4]


def sums_of_files(root: Path) -> dict[str, int]:
    """Each file of the cluster with its size and time."""
    cluster = Layout.of(root).cluster_home / "cluster"
    return {str(path): hash((path.stat().st_size, path.stat().st_mtime_ns)) for path in cluster.rglob("*")}


def test_a_backup_that_is_cut_short_looks_like_none(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copies"
    durable: list[str] = []
    monkeypatch.setattr(tools, "made_durable", lambda path: durable.append(path.name))

    def cut(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with server.ensure(root):
        with pytest.raises(KeyboardInterrupt):
            taking.take(layout=Layout.of(root), folder=folder, keep=1, secrets=SECRETS, passphrase="", told=cut)
        assert bases.in_folder(folder) == []
        assert len(list(folder.glob(".unfinished*"))) == 1
        with tools.alone(folder), pytest.raises(BackupError, match="Another backup"):
            take(root, folder)
        made = take(root, folder, passphrase="")
        *parts, unfinished, whole = durable
        assert (set(parts), whole) == ({"copy", "backup.json"}, folder.name)
        assert unfinished.startswith(".unfinished")
        assert list(folder.glob(".unfinished*")) == []
        assert bases.in_folder(folder) == [made]
        assert not bases.sealed(made)
        assert "the key" not in "".join(path.read_text(errors="replace") for path in made.folder.glob("*.json"))


def test_the_commands_tell_what_they_did(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    folder, out = tmp_path / "copies", StringIO()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(server, "HOME", root)
    settings.DATA_DIR, settings.BACKUP_PASSPHRASE = Layout.of(root).data, PASSPHRASE
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = SECRETS.current, SECRETS.fallbacks
    before = signal.getsignal(signal.SIGTERM)
    try:
        with server.ensure(root), connected(root) as writing:
            writing.execute('CREATE TABLE "user" (email text)')
            settings.BACKUPS = str(tmp_path / "usual")
            elsewhere = StringIO()
            call_command("backup", tmp_path / "elsewhere", stdout=elsewhere)
            assert f"the log of the copies in {settings.BACKUPS} ends here" in elsewhere.getvalue()
            settings.BACKUPS = str(folder)
            call_command("backup", folder, stdout=out)
            assert "ends here" not in out.getvalue()
            call_command("backup", folder, "--list", stdout=out)
            assert writing.execute("SHOW archive_library").fetchall() == [("basic_archive",)]
            call_command("backup", "--end-log", stdout=out)
            assert "Writes are kept no more" in out.getvalue()
            eventually(lambda: writing.execute("SHOW archive_library").fetchall() == [("",)])
        (made,) = bases.in_folder(folder)
        assert f"{made.folder}: " in out.getvalue()
        assert f"{made.folder.name}  finished {made.finished_at:%Y-%m-%d %H:%M:%S} UTC" in out.getvalue()
        assert "keys sealed" in out.getvalue()
        assert "Missing in it" not in out.getvalue()
        key = Layout.of(root).data / "secret_key"
        key.write_text("made by a first start on the new disk")
        settings.SECRET_KEY = key.read_text()
        call_command("restore", folder, stdout=out)
        assert f"Restored from {made.folder}" in out.getvalue()
        assert key.read_text() == SECRETS.current
        assert [path.read_text() for path in key.parent.glob("secret_key-*")] == [settings.SECRET_KEY]
        assert key.with_name("secret_key_fallbacks").read_text() == "an earlier one"
        assert SECRETS.current not in out.getvalue()
        assert SECRETS.fallbacks[0] not in out.getvalue()
    finally:
        signal.signal(signal.SIGTERM, before)

    # And what people have is deleted by nobody who has not said so.
    call_command("dbserver", "forget", stdout=out)
    with server.ensure(root), connected(root) as writing:
        writing.execute('INSERT INTO "user" VALUES (%s), (%s)', [settings.DEMO_EMAIL, "somebody@example.com"])
    with pytest.raises(CommandError, match="the data of one person besides"):
        call_command("dbserver", "forget", stdout=out)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for typed in ("yes", PROMISE):
        monkeypatch.setattr("builtins.input", lambda prompt, typed=typed: typed)
        if typed == PROMISE:
            call_command("dbserver", "forget", stdout=out)
        else:
            with pytest.raises(CommandError, match="Nothing was deleted"):
                call_command("dbserver", "forget", stdout=out)


def test_what_is_of_one_server_alone_is_left_out_before_the_rows() -> None:
    counted = b"ALTER TABLE ONLY public.account ALTER COLUMN id SET (pg_attver=26961688);\n"
    kept = [b"SET lock_timeout = 0;\n", b"ALTER TABLE ONLY public.account ALTER COLUMN id SET (n_distinct=5);\n"]
    rows = [b"COPY public.account (name) FROM stdin;\n", counted, b"SET transaction_timeout = 0;\n", b"\\.\n"]
    lines = [b"SET transaction_timeout = 0;\n", counted, *kept, *rows]
    seen: list[int] = []
    assert list(moving._statements(lines, seen.append, old=True)) == [*kept, *rows]
    assert list(moving._statements(lines, seen.append, old=False)) == [lines[0], *kept, *rows]
    assert seen == [1, 1]


def test_keys_open_with_their_passphrase_alone(tmp_path: Path) -> None:
    keys.seal(SECRETS, PASSPHRASE, tmp_path)
    assert SECRETS.current not in (tmp_path / keys.NAME).read_text()
    assert keys.unseal(PASSPHRASE, tmp_path) == SECRETS
    with pytest.raises(BackupError, match="does not open"):
        keys.unseal(PASSPHRASE.upper(), tmp_path)


def test_commands_say_what_they_need(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for command, words in (("backup", "Say where to"), ("restore", "Say where from")):
        with pytest.raises(CommandError, match=words):
            call_command(command)
    with pytest.raises(CommandError, match="is no moment"):
        call_command("restore", tmp_path, "--to", "yesterday")
    with pytest.raises(CommandError, match="There is no backup"):
        call_command("restore", tmp_path, "--to", "2026-11-28 18:40")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/site")
    for command in ("backup", "restore"):
        with pytest.raises(CommandError, match="a server of your own"):
            call_command(command, tmp_path)
    assert list(tmp_path.iterdir()) == []
