"""Why the embedded PostgreSQL cannot run: one sentence each, for a person at a terminal."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """Mark a sentence for the message catalogue; it is translated where it is shown."""
    return text


class EmbeddedPostgresError(Exception):
    """The server cannot be started or used.

    ``sentence`` is the message id with named placeholders and ``values`` fills them, so that a face
    can show the sentence in its own language.
    """

    sentence = "%(reason)s"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.sentence % values)


class OtherMajor(EmbeddedPostgresError):
    """The data was written by another major version of PostgreSQL."""

    sentence = gettext_noop(
        "The data in %(folder)s belongs to PostgreSQL %(found)s, but this Paidan brings "
        "PostgreSQL %(wanted)s: choose another data folder, or move the data with a back-up made by "
        "the Paidan that wrote it."
    )


class NoDiskSpace(EmbeddedPostgresError):
    """The disk under the data folder is full, or too full to begin."""

    sentence = gettext_noop(
        "There is not enough disk space for the database in %(folder)s: "
        "%(free)s MB are free, at least %(needed)s MB are needed."
    )


class FolderUnwritable(EmbeddedPostgresError):
    """The data folder cannot be made or written."""

    sentence = gettext_noop("The data folder %(folder)s cannot be written: %(reason)s.")


class AlreadyRunning(EmbeddedPostgresError):
    """Another process already runs a server on this data."""

    sentence = gettext_noop(
        "Paidan is already running on the data folder %(folder)s (process %(pid)s): "
        "stop it first, or choose another folder."
    )


class BinariesMissing(EmbeddedPostgresError):
    """The server's programs are not installed, or cannot be run here."""

    sentence = gettext_noop(
        "The embedded PostgreSQL cannot be run here (%(reason)s): "
        "run “make env” again, or set DATABASE_URL to a PostgreSQL server of your own."
    )


class StartFailed(EmbeddedPostgresError):
    """The server stopped while starting, for a reason only its log tells."""

    sentence = gettext_noop("PostgreSQL did not start: %(reason)s (more in %(log)s).")
