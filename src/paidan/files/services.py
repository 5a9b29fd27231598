"""Writes on files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Protocol

from django.core.files.base import ContentFile
from django.db import transaction

from paidan.files.constants import DRAFT, DRAFT_LIFE, MAX_BYTES, PHOTO_TYPE
from paidan.files.errors import UploadEmpty, UploadTooLarge
from paidan.files.models import StoredFile
from paidan.files.pictures import photo_reencoded
from paidan.files.selectors import FileView, file_view
from paidan.kernel.actors import Actor

DRAFTS_AT_ONCE = 500


class Upload(Protocol):
    """What is read from: an uploaded file of a form, or any open binary file."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes from where it stands."""


def file_store(
    *, subject_ref: str, kind: str, upload: Upload, actor: Actor, now: datetime, field: str = "photo"
) -> FileView:
    """Keep a photo about a subject; the caller has already been through the subject's door.

    Decoding takes up to a second: call it before taking locks. The content is written first, so a
    row never lacks its content; a roll-back leaves a content nobody refers to.

    Args:
        kind: what it shows, e.g. ``completion``.
        field: name of the form field that a refusal speaks of.

    Raises:
        UploadEmpty, UploadTooLarge, PictureTooLarge, NotAPicture: with the sentence for the field.
    """
    data = upload.read(MAX_BYTES + 1)
    if not data:
        raise UploadEmpty(field)
    if len(data) > MAX_BYTES:
        raise UploadTooLarge(field)
    photo = photo_reencoded(data, field=field)

    stored = StoredFile(
        subject_ref=subject_ref,
        kind=kind,
        content_type=PHOTO_TYPE,
        size_bytes=len(photo),
        sha256=hashlib.sha256(photo).hexdigest(),
        uploaded_by_key=actor.key,
        created_at=now,
    )
    stored.content.save(f"{stored.ref}.jpg", ContentFile(photo), save=False)
    stored.save()
    return file_view(stored)


def files_move(*, draft_ref: str, subject_ref: str) -> None:
    """Let the files of a draft be about what has become of it, in the caller's transaction; again changes nothing.

    Raises:
        ValueError: ``draft_ref`` is no draft: what is about something keeps its subject.
    """
    if not draft_ref.startswith(DRAFT):
        raise ValueError("Only the files of a draft move.")
    StoredFile.objects.filter(subject_ref=draft_ref).update(subject_ref=subject_ref)


@transaction.atomic
def file_drop(*, subject_ref: str, ref: str) -> None:
    """Delete one file about a subject, for callers already through the subject's own door; gone is gone."""
    _delete(StoredFile.objects.select_for_update().filter(subject_ref=subject_ref, ref=ref))


@transaction.atomic
def drafts_forget(*, now: datetime) -> None:
    """Delete what was uploaded for something that was never sent."""
    forgotten = StoredFile.objects.filter(subject_ref__startswith=DRAFT, created_at__lt=now - DRAFT_LIFE)
    _delete(forgotten.select_for_update(skip_locked=True).order_by("pk")[:DRAFTS_AT_ONCE])


def _delete(rows: Iterable[StoredFile]) -> None:
    """The contents go when the transaction is through: a row never lacks its content."""
    for row in rows:
        transaction.on_commit(partial(row.content.storage.delete, str(row.content.name)), robust=True)
        row.delete()
