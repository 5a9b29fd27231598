"""Private uploads; who may see one is decided by whoever owns its subject."""

from __future__ import annotations

from django.db import models

from paidan.kernel.refs import RefField


class StoredFile(models.Model):
    """An uploaded file about a subject (by its ref). Photos are re-encoded, without EXIF."""

    ref = RefField("F")
    subject_ref = models.CharField(max_length=13, db_index=True)
    kind = models.CharField(max_length=20)
    content_type = models.CharField(max_length=60)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to="%Y/%m/")
    uploaded_by_key = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref
