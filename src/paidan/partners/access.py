"""The only door to partners and what they ordered."""

from __future__ import annotations

from django.db.models import QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import STAFF_ROLES, Permission
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.refs import read_ref
from paidan.partners.models import Partner, PartnerImport


def partners_visible_to(actor: Actor) -> QuerySet[Partner]:
    """A partner's own account: that partner; the desk: all.

    Raises:
        Forbidden: the role does not order for partners.
    """
    require(actor, Permission.ORDER_FOR_PARTNERS)
    own = Partner.objects.filter(account=actor.user_id)
    if own.exists():
        return own
    return Partner.objects.all() if actor.role in STAFF_ROLES else Partner.objects.none()


def partner_for(actor: Actor, code: str) -> Partner:
    """
    Raises:
        NotFound: there is none that orders today, or it is not theirs.
    """
    named = "\0" not in code
    partner = partners_visible_to(actor).filter(code=code, retired_at__isnull=True).first() if named else None
    if partner is None:
        raise NotFound
    return partner


def import_for(actor: Actor, ref: str) -> PartnerImport:
    """
    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    visible = PartnerImport.objects.filter(partner__in=partners_visible_to(actor)).select_related("partner")
    batch = visible.filter(ref=read_ref(ref)).first()
    if batch is None:
        raise NotFound
    return batch
