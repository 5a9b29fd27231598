"""Reads on files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from paidan.files.access import file_for
from paidan.files.constants import DRAFT
from paidan.files.models import StoredFile
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as listed: no content, no path."""

    ref: str
    subject_ref: str
    kind: str
    content_type: str
    size_bytes: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file ready to be read; whoever asked for it closes ``content``."""

    ref: str
    content_type: str
    size_bytes: int
    sha256: str
    content: IO[bytes]


def file_view(stored: StoredFile) -> FileView:
    """The frozen view of a file."""
    return FileView(
        ref=stored.ref,
        subject_ref=stored.subject_ref,
        kind=stored.kind,
        content_type=stored.content_type,
        size_bytes=stored.size_bytes,
        created_at=stored.created_at,
    )


def files_of(subject_ref: str, *, kind: str = "") -> tuple[FileView, ...]:
    """Files about a subject, oldest first; for callers already through the subject's own door."""
    return files_of_many((subject_ref,), kind=kind).get(subject_ref, ())


def files_of_many(subject_refs: Collection[str], *, kind: str = "") -> dict[str, tuple[FileView, ...]]:
    """Files about many subjects, by subject, in one query."""
    rows = StoredFile.objects.filter(subject_ref__in=subject_refs).order_by("pk")
    if kind:
        rows = rows.filter(kind=kind)
    by_subject: dict[str, tuple[FileView, ...]] = {}
    for stored in rows:
        by_subject[stored.subject_ref] = (*by_subject.get(stored.subject_ref, ()), file_view(stored))
    return by_subject


def file_open(actor: Actor, ref: str) -> OpenedFile:
    """Open a file for whoever may see its subject.

    Raises:
        NotFound: absent, not the actor's to see, or its content is gone from the store.
    """
    return _opened(file_for(actor, ref))


def _opened(stored: StoredFile) -> OpenedFile:
    try:
        content = stored.content.open("rb")
    except FileNotFoundError as error:
        raise NotFound from error
    return OpenedFile(
        ref=stored.ref,
        content_type=stored.content_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        content=content,
    )


def draft_open(draft_ref: str, ref: str) -> OpenedFile:
    """Open a file of a draft, for whoever keeps the draft's ref as their secret.

    Raises:
        NotFound: it is none of this draft.
    """
    stored = StoredFile.objects.filter(subject_ref=draft_ref, ref=ref).first()
    if stored is None or not draft_ref.startswith(DRAFT):
        raise NotFound
    return _opened(stored)


def file_findings() -> list[str]:
    """Files whose content is gone from the store; an empty list when all is well."""
    rows = StoredFile.objects.order_by("pk").iterator(chunk_size=1000)
    return [
        f"The content of file {stored.ref} is missing."
        for stored in rows
        if not stored.content.storage.exists(str(stored.content.name))
    ]
