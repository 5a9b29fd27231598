"""The only door to work items: the permission, and the territories one watches over."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.worklist.models import WorkItem

Territories = Collection[int] | None
"""Ids of the territories the actor watches over, as workforce knows them; ``None`` means all."""


def works_visible_to(actor: Actor, territories: Territories) -> QuerySet[WorkItem]:
    """Items of the actor's territories, and those that belong to none.

    Raises:
        Unauthenticated, Forbidden: the actor does not work with the list at all.
    """
    require(actor, Permission.VIEW_WORKLIST)
    works = WorkItem.objects.select_related("owner")
    if territories is None:
        return works
    return works.filter(Q(territory_id__in=territories) | Q(territory_id__isnull=True))


def work_for(actor: Actor, ref: str, territories: Territories) -> WorkItem:
    """One item.

    Raises:
        NotFound: absent, or of a territory the actor does not watch over.
    """
    work = works_visible_to(actor, territories).filter(ref=ref).first()
    if work is None:
        raise NotFound
    return work
