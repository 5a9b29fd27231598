"""The embedded server under our own supervision, with real servers."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from paidan.kernel.embedded_postgres import (
    AlreadyRunning,
    EmbeddedPostgres,
    FolderUnwritable,
    NoDiskSpace,
    OtherMajor,
    StartFailed,
    binaries,
    cluster,
    running_url,
)
from paidan.kernel.processes import Account
from tests.operation.watching import eventually, runs

_SUPERVISOR = """
import sys, time
from pathlib import Path
from paidan.kernel.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def query(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter and write."""
    path = Path(tempfile.mkdtemp(prefix="paidan-open-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_a_new_folder_becomes_a_server_that_finds_chinese_by_trigram(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "new", durable=False) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        encoding = query(server.url, "SHOW server_encoding")
        pieces = query(server.url, "SELECT cardinality(show_trgm('空调不制冷'))")

    assert encoding == "UTF8"
    assert pieces == 6


def test_data_survives_a_stop_and_nothing_runs_in_between(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    pid = server.pid

    server.stop()

    assert pid is not None
    assert not runs(pid)
    assert running_url(folder) is None
    with EmbeddedPostgres(folder) as again:
        assert query(again.url, "SELECT number FROM kept") == 7


def test_what_was_committed_is_there_after_the_server_was_killed(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        url, pid = server.url, server.pid
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert pid is not None

        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not server.alive, 10)
        server.start()

        assert server.url == url
        assert query(url, "SELECT number FROM kept") == 7


def test_a_killed_supervisor_leaves_no_process_and_the_next_one_takes_over(folder: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, folder], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]

    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()

    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "SELECT 1") == 1
    assert eventually(lambda: not any(runs(member) for member in family), 10)


def test_a_second_server_on_one_folder_is_refused(server: EmbeddedPostgres, folder: Path) -> None:
    with pytest.raises(AlreadyRunning) as refusal:
        EmbeddedPostgres(folder).start()

    assert str(folder) in str(refusal.value)
    assert str(os.getpid()) in str(refusal.value)
    assert server.alive


def test_others_find_the_address_of_the_running_server(server: EmbeddedPostgres, folder: Path) -> None:
    question = "import sys; from pathlib import Path; from paidan.kernel.embedded_postgres import running_url"
    command = [sys.executable, "-c", f"{question}; print(running_url(Path(sys.argv[1])))", folder]

    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert answer == server.url


def test_data_of_another_major_is_refused_and_left_alone(folder: Path) -> None:
    record = folder / "cluster" / "PG_VERSION"
    record.write_text("15\n")

    with pytest.raises(OtherMajor, match=r"belongs to PostgreSQL 15, but this Paidan brings PostgreSQL 18"):
        EmbeddedPostgres(folder).start()

    assert record.read_text() == "15\n"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderUnwritable, match=r"cannot be written: Not a directory\."):
        EmbeddedPostgres(tmp_path / "file" / "data").start()


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "free_mb", lambda folder: 3)

    with pytest.raises(NoDiskSpace, match=r"3 MB are free, at least 200 MB are needed"):
        EmbeddedPostgres(tmp_path / "new").start()

    assert not (tmp_path / "new" / "cluster").exists()


def test_a_disk_that_fills_up_is_told_from_other_failures(folder: Path) -> None:
    layout = cluster.Layout(folder)

    full = cluster.failure(layout, 'FATAL:  could not write to file "pg_wal/x": No space left on device\n')
    other = cluster.failure(layout, "LOG:  starting\nFATAL:  configuration file contains errors\n")

    assert isinstance(full, NoDiskSpace)
    assert isinstance(other, StartFailed)
    assert "configuration file contains errors" in str(other)


def test_the_record_of_a_server_long_gone_is_no_obstacle(folder: Path) -> None:
    (folder / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n0\n5432\n\n\n0 0\nready\n")

    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "SELECT 1") == 1


def test_a_beginning_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    half_made = tmp_path / "new" / "cluster.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(tmp_path / "new", durable=False) as server:
        assert query(server.url, "SELECT 1") == 1


def test_the_password_is_required_and_known_to_the_owner_only(server: EmbeddedPostgres, folder: Path) -> None:
    password = (folder / "password").read_text().strip()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(password, "guess"))

    assert (folder / "password").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0


def test_the_server_never_runs_as_root(server: EmbeddedPostgres) -> None:
    expected = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    assert server.pid is not None
    assert psutil.Process(server.pid).username() == expected


def test_an_ordinary_user_runs_it_as_himself(open_folder: Path) -> None:
    """Root plays an ordinary user; an ordinary user is one."""
    account = _ordinary_account()
    found = binaries.runnable_by(account)
    user = multiprocessing.get_context("fork").Process(target=_start_as, args=(account, found, open_folder / "own"))

    user.start()
    user.join(60)

    assert user.exitcode == 0
    owner = account.uid if account else os.geteuid()
    assert (open_folder / "own" / "cluster").stat().st_uid == owner


def test_root_keeps_the_owner_of_a_users_data(open_folder: Path) -> None:
    data = open_folder / "owned"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, 12_345, 12_345)

    account = binaries.server_account(data)

    assert account == (Account(12_345, 12_345) if os.geteuid() == 0 else None)


def test_the_copy_for_another_user_is_complete_and_made_once(open_folder: Path) -> None:
    original = binaries.installed()
    (open_folder / "copies").mkdir(mode=0o755)

    first = binaries.copied(original, open_folder / "copies")
    second = binaries.copied(original, open_folder / "copies")

    assert first is not None
    assert first == second
    for program in ("postgres", "initdb"):
        answer = subprocess.run([first / program, "--version"], capture_output=True, text=True, check=True)
        assert original.version in answer.stdout


def test_a_folder_that_others_may_write_is_no_place_for_the_copy(open_folder: Path) -> None:
    assert binaries.copied(binaries.installed(), open_folder) is None


def _ordinary_account() -> Account | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _start_as(account: Account | None, found: binaries.Binaries, folder: Path) -> None:
    """In a process of its own: become the user, start, ask, stop."""
    if account is not None:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
    binaries.installed = lambda: found
    with EmbeddedPostgres(folder, durable=False) as server:
        answer = query(server.url, "SELECT current_user")
    os._exit(0 if answer == "paidan" else 1)
