"""What a back-up holds: one tar file with the database, the private files and the installation's key."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from paidan.cli.sentences import Refusal, gettext_noop

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files"
KEY = "secret_key"
_NOT_OURS = gettext_noop("%(file)s is not a back-up made by Paidan: %(reason)s.")
_NEWER = gettext_noop("%(file)s was made by a newer Paidan (%(version)s): install that version or a later one.")
_UNWRITABLE = gettext_noop("%(file)s cannot be written: %(reason)s.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first entry of a back-up: what made it, and when."""

    format: int
    version: str
    created_at: str
    schema: str

    @classmethod
    def now(cls, schema: str) -> Manifest:
        """The manifest of a back-up made now of a database with this schema."""
        return cls(FORMAT, version("paidan"), datetime.now(UTC).isoformat(timespec="seconds"), schema)


def archive_write(target: Path, manifest: Manifest, dump: Path, data: Path) -> None:
    """Write the archive whole or not at all, readable by its owner only.

    Raises:
        Refusal: the place cannot be written.
    """
    try:
        with _replacing(target) as partial, tarfile.open(partial, "w") as archive:
            _add_text(archive, MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.add(dump, DUMP)
            for name in (FILES, KEY):
                if (data / name).exists():
                    archive.add(data / name, name)
    except OSError as error:
        raise Refusal(_UNWRITABLE, file=target, reason=error.strerror or error) from error


@contextmanager
def archive_unpacked(source: Path, folder: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder below ``folder`` with the archive's content, gone afterwards.

    Raises:
        Refusal: the file is no back-up, or a newer Paidan made it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as name:
        place = Path(name)
        try:
            with tarfile.open(source, "r:") as archive:
                for entry in archive:
                    _extract(archive, entry, place)
            manifest = Manifest(**json.loads((place / MANIFEST).read_text()))
        except (OSError, tarfile.TarError, ValueError, TypeError) as error:
            raise Refusal(_NOT_OURS, file=source, reason=error) from error
        if manifest.format > FORMAT:
            raise Refusal(_NEWER, file=source, version=manifest.version)
        yield manifest, place


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its name once complete and on the disk."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.absolute().parent)
    os.close(descriptor)
    partial = Path(name)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, place: Path) -> None:
    """Unpack one entry, for its owner only.

    Raises:
        ValueError: it is no plain file or folder below ``place``.
    """
    path = (place / entry.name).resolve()
    if not path.is_relative_to(place.resolve()) or not (entry.isfile() or entry.isdir()):
        raise ValueError(f"unexpected entry {entry.name!r}")
    if entry.isdir():
        path.mkdir(mode=0o700, exist_ok=True)
        return
    content = archive.extractfile(entry)
    if content is not None:
        with content, path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            shutil.copyfileobj(content, file)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o600
    archive.addfile(entry, BytesIO(content))
