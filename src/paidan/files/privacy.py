"""Photos: given out and deleted with what they are about, by whoever owns that."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db import transaction

from paidan.accounts.personal_data import PersonalFile
from paidan.files.models import StoredFile


def files_exported(subject_refs: Collection[str]) -> list[PersonalFile]:
    """The contents of the files about these subjects."""
    rows = StoredFile.objects.filter(subject_ref__in=subject_refs).order_by("pk")
    return [
        PersonalFile(f"{row.subject_ref}-{row.ref}.jpg", partial(row.content.storage.open, str(row.content.name), "rb"))
        for row in rows
    ]


def files_erase(subject_refs: Collection[str]) -> None:
    """Delete the files about these subjects; their contents go when the transaction is through."""
    for row in StoredFile.objects.select_for_update().filter(subject_ref__in=subject_refs).order_by("pk"):
        transaction.on_commit(partial(row.content.storage.delete, str(row.content.name)), robust=True)
        row.delete()
