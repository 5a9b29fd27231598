"""The only door to a file: the door of what it is about."""

from __future__ import annotations

from paidan.files.models import StoredFile
from paidan.files.ports import door_of
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound


def file_for(actor: Actor, ref: str) -> StoredFile:
    """The file, for whoever may see its subject.

    Raises:
        NotFound: absent, or not the actor's to see.
    """
    stored = StoredFile.objects.filter(ref=ref).first()
    if stored is None:
        raise NotFound
    door = door_of(stored.subject_ref)
    if door is None:
        raise NotFound
    door(actor, stored.subject_ref)
    return stored
