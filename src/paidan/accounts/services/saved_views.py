"""Lists as somebody likes to see them, kept under a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.models import SavedView, User
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.plain_text import text_fault

MOST_VIEWS = 20
LONGEST_NAME = 40
LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True)
class ViewOfList:
    """A list under a name; ``query`` is what follows the question mark of its address."""

    id: int
    name: str
    query: str


def saved_views(actor: Actor, page: str) -> tuple[ViewOfList, ...]:
    """The reader's own views of a page, in the order they were made."""
    rows = SavedView.objects.filter(user=actor.user_id, page=page).order_by("pk")
    return tuple(ViewOfList(row.pk, row.name, row.query) for row in rows)


@transaction.atomic
def view_save(*, actor: Actor, page: str, name: str, query: str, now: datetime) -> None:
    """Keep a view; one of the same name is replaced.

    Raises:
        Forbidden: nobody is logged in.
        Invalid: the name is empty or too long, or there are too many; the field is ``name``.
    """
    if actor.user_id is None:
        raise Forbidden
    shown = name.strip()
    fault = text_fault(shown, longest=LONGEST_NAME, required=True)
    if fault or len(query) > LONGEST_QUERY:
        raise Invalid(fields={"name": fault or _("This view is too long to be saved.")})
    User.objects.select_for_update(no_key=True).get(pk=actor.user_id)  # counts its views one after the other
    mine = SavedView.objects.filter(user=actor.user_id, page=page)
    if mine.exclude(name=shown).count() >= MOST_VIEWS:
        raise Invalid(fields={"name": _("You have %(count)d views. Please delete one first.") % {"count": MOST_VIEWS}})
    mine.update_or_create(
        name=shown, defaults={"query": query}, create_defaults=_new(actor.user_id, page, shown, query, now)
    )


def _new(user_id: int, page: str, name: str, query: str, now: datetime) -> dict[str, object]:
    return {"user_id": user_id, "page": page, "name": name, "query": query, "created_at": now}


def view_delete(*, actor: Actor, view_id: int) -> None:
    """Forget one of one's own views.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    if not SavedView.objects.filter(pk=view_id, user=actor.user_id).delete()[0]:
        raise NotFound
