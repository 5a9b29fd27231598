"""Writes on files."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol

from django.core.files.base import ContentFile

from paidan.files.constants import MAX_BYTES, PHOTO_TYPE
from paidan.files.errors import UploadEmpty, UploadTooLarge
from paidan.files.models import StoredFile
from paidan.files.pictures import photo_reencoded
from paidan.files.selectors import FileView, file_view
from paidan.kernel.actors import Actor


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
