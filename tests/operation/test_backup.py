"""Back-up and restore, on the embedded server and on one named by ``DATABASE_URL``."""

from __future__ import annotations

import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from paidan.cli import main
from paidan.cli.database import database

REFUSED = 3


@pytest.fixture
def named_server(run_server: str) -> Iterator[str]:
    """An empty database of the run's server, as an installation with its own PostgreSQL names it."""
    name = f"operation_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(run_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(run_server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def data(folder: Path) -> Path:
    """A data folder with an embedded database and two private files."""
    photos = folder.parent / "files" / "photos"
    photos.mkdir(parents=True)
    (photos / "one.jpg").write_bytes(b"one")
    (folder.parent / "files" / "two.jpg").write_bytes(b"two")
    (folder.parent / "secret_key").write_text("the key of this installation")
    return folder.parent


@pytest.fixture
def archive(data: Path, terminal: pytest.MonkeyPatch) -> Path:
    """A back-up of ``data``, whose database holds one row."""
    statements(data, "CREATE TABLE kept (id bigint PRIMARY KEY, text text)", "INSERT INTO kept VALUES (1, '派单')")
    assert main(["backup", "--data", str(data), str(data / "saved.tar")]) == 0
    return data / "saved.tar"


def statements(data: Path, *texts: str) -> list[tuple[object, ...]]:
    """Run statements on the database of a data folder; the rows of the last one."""
    with database(data) as url, psycopg.connect(url) as connection:
        cursor = [connection.execute(text) for text in texts][-1]
        return cursor.fetchall() if cursor.description else []


def test_a_back_up_comes_back_elsewhere_with_rows_files_and_key(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"

    assert main(["restore", "--data", str(other), str(archive)]) == 0

    assert statements(other, "SELECT id, text FROM kept") == [(1, "派单")]
    assert (other / "files" / "photos" / "one.jpg").read_bytes() == b"one"
    assert (other / "files" / "two.jpg").read_bytes() == b"two"
    assert (other / "secret_key").read_text() == "the key of this installation"
    assert (other / "files" / "two.jpg").stat().st_mode & 0o077 == 0


def test_a_back_up_moves_to_a_named_server_and_can_be_taken_there(
    archive: Path, named_server: str, tmp_path: Path, terminal: pytest.MonkeyPatch
) -> None:
    terminal.setenv("DATABASE_URL", named_server)

    assert main(["restore", "--data", str(tmp_path / "named"), str(archive)]) == 0
    assert main(["backup", "--data", str(tmp_path / "named"), str(tmp_path / "again.tar")]) == 0

    with psycopg.connect(named_server) as connection:
        assert connection.execute("SELECT id, text FROM kept").fetchall() == [(1, "派单")]
    with tarfile.open(tmp_path / "again.tar") as again:
        assert "files/photos/one.jpg" in again.getnames()


def test_a_database_with_content_is_replaced_only_by_force(
    archive: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statements(data, "INSERT INTO kept VALUES (2, 'later')")
    (data / "files" / "later.jpg").write_bytes(b"later")

    assert main(["restore", "--data", str(data), str(archive)]) == REFUSED
    assert "The database is not empty" in capsys.readouterr().err
    assert statements(data, "SELECT count(*) FROM kept") == [(2,)]
    assert (data / "files" / "later.jpg").exists()

    assert main(["restore", "--data", str(data), "--force", str(archive)]) == 0
    assert statements(data, "SELECT count(*) FROM kept") == [(1,)]
    assert not (data / "files" / "later.jpg").exists()


def test_a_back_up_that_breaks_half_way_changes_nothing(
    archive: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.tar"
    with tarfile.open(archive) as source, tarfile.open(broken, "w") as target:
        for entry in source:
            content = source.extractfile(entry)
            if entry.name == "database.dump" and content is not None:
                entry.size //= 2
            target.addfile(entry, content)

    assert main(["restore", "--data", str(data), "--force", str(broken)]) == REFUSED

    assert "nothing was changed" in capsys.readouterr().err
    assert statements(data, "SELECT id, text FROM kept") == [(1, "派单")]
    assert (data / "files" / "two.jpg").read_bytes() == b"two"


@pytest.mark.parametrize("name", ["../outside", "/outside", "files/../../outside"])
def test_an_archive_cannot_write_outside_its_folder(
    archive: Path, data: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as target:
        target.addfile(tarfile.TarInfo(name))

    assert main(["restore", "--data", str(data), "--force", str(hostile)]) == REFUSED

    assert "is not a back-up made by Paidan" in capsys.readouterr().err
    assert not Path("/outside").exists()
    assert not (data / "outside").exists()


def test_a_failed_back_up_leaves_no_file(
    data: Path, terminal: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "absent" / "saved.tar"

    assert main(["backup", "--data", str(data), str(target)]) == REFUSED

    assert capsys.readouterr().err == f"paidan: {target} cannot be written: No such file or directory.\n"
    assert not target.parent.exists()
