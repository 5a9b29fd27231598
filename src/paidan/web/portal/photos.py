"""Photos of what is to be done, uploaded while the booking is still being written.

They belong to a draft that only this browser's session knows, and become the booking's own with it: neither a
field to correct nor the log-in inside the form makes anybody choose them again.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from paidan.accounts.rules import PUBLIC
from paidan.accounts.services import PHOTOS_OF_ADDRESS, attempt_count
from paidan.accounts.sessions import client_address
from paidan.files.constants import DRAFT
from paidan.files.selectors import draft_open, files_of
from paidan.files.services import file_drop, file_store
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.kernel.refs import new_ref, read_ref
from paidan.web.components.access import PageRequest, page
from paidan.web.components.files import file_answer

PHOTOS_EACH = 6
KIND = "request"
_DRAFTS = "photo_drafts"


def draft_of(request: PageRequest, item: str) -> str:
    """The draft of this browser for a service item; empty while there is none."""
    draft: str = request.session.get(_DRAFTS, {}).get(item, "")
    return draft


def draft_forget(request: PageRequest, item: str) -> None:
    """It has become a booking."""
    drafts = request.session.get(_DRAFTS, {})
    if item in drafts:
        request.session[_DRAFTS] = {name: ref for name, ref in drafts.items() if name != item}


def photos_shown(request: PageRequest, item: str, faults: tuple[str, ...] = ()) -> dict[str, object]:
    """What the photos' part of the form shows: those kept, how many more there may be, and what was not kept."""
    draft = draft_of(request, item)
    photos = files_of(draft) if draft else ()
    return {"photos": photos, "room": max(0, PHOTOS_EACH - len(photos)), "photo_faults": faults}


def photos_keep(request: PageRequest, item: str) -> tuple[str, ...]:
    """Keep what was uploaded, one by one.

    Returns:
        A sentence for each that was not kept; the others are.
    """
    uploads = request.FILES.getlist("photos")
    if not uploads:
        return ()
    draft = draft_of(request, item)
    if not draft:
        draft = new_ref(DRAFT)
        request.session[_DRAFTS] = {**request.session.get(_DRAFTS, {}), item: draft}
    room = PHOTOS_EACH - len(files_of(draft))
    faults = []
    for upload in uploads[: max(0, room)]:
        try:
            attempt_count(PHOTOS_OF_ADDRESS, subject=client_address(request), now=now())
            file_store(subject_ref=draft, kind=KIND, upload=upload, actor=request.actor, now=now())
        except DomainError as error:
            sentence = error.fields.get("photo") or str(error)
            faults.append(f"{upload.name or ''}: {sentence}")
    if len(uploads) > room:
        faults.append(_("At most %(count)d photos. The others were not kept.") % {"count": PHOTOS_EACH})
    return tuple(faults)


def photo_remove(request: PageRequest, item: str, ref: str) -> None:
    """Take a photo back before the booking is made."""
    draft = draft_of(request, item)
    if draft:
        file_drop(subject_ref=draft, ref=read_ref(ref))


@page(access=PUBLIC)
def draft_photo(request: PageRequest, item: str, ref: str) -> HttpResponse:
    """A photo of this browser's own draft."""
    return file_answer(request, draft_open(draft_of(request, item), read_ref(ref)))
