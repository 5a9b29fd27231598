"""The only door to a booking."""

from __future__ import annotations

from django.db.models import QuerySet

from paidan.accounts.access import require
from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.booking.models import Booking, RecurringPlan
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, NotFound
from paidan.kernel.refs import read_ref
from paidan.visits.access import EVERYWHERE
from paidan.workforce.models import TerritoryScope


def bookings_visible_to(actor: Actor) -> QuerySet[Booking]:
    """All bookings the actor may know of.

    Administrators, managers and customer service: all. Dispatchers: their territories. Customers: their
    own. A booking link: that booking. Technicians know visits, not bookings.
    """
    bookings = Booking.objects.all()
    if actor.kind is ActorKind.SYSTEM or actor.role in EVERYWHERE:
        return bookings
    if actor.kind is ActorKind.LINK:
        if actor.link_purpose == LinkPurpose.BOOKING:
            return bookings.filter(ref=actor.link_subject)
        return bookings.none()
    if actor.role == RoleCode.DISPATCHER:
        return bookings.filter(territory__in=TerritoryScope.objects.filter(user=actor.user_id).values("territory"))
    if actor.role == RoleCode.CUSTOMER:
        return bookings.filter(customer__user=actor.user_id)
    return bookings.none()


def is_own_face(actor: Actor) -> bool:
    """Whether the reader stands on the customer's side: the customer, or the holder of their link."""
    return actor.kind is ActorKind.LINK or actor.role == RoleCode.CUSTOMER


def booking_for(actor: Actor, ref: str, permission: Permission) -> Booking:
    """The booking behind a reference, if the actor may do this with it.

    A link needs no permission beyond the booking being the one it opens.

    Raises:
        NotFound: there is none, or it is not theirs to see.
        Forbidden: they may see it, but not do this.
    """
    booking = (
        bookings_visible_to(actor)
        .select_related("customer", "territory", "address", "item_version__item__type", "hold")
        .filter(ref=read_ref(ref))
        .first()
    )
    if booking is None:
        raise NotFound
    if actor.kind is not ActorKind.LINK:
        require(actor, permission)
    return booking


def booking_for_desk(actor: Actor, ref: str) -> Booking:
    """The booking, for a member of staff who may change it.

    Raises:
        NotFound: there is none, or it is not theirs to see.
        Forbidden: the actor is no member of staff, or may not change bookings.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    if is_own_face(actor):
        raise Forbidden
    return booking


def booking_door(actor: Actor, ref: str) -> None:
    """Let whoever may see the booking through to files about it.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    booking_for(actor, ref, Permission.VIEW_BOOKINGS)


def plans_visible_to(actor: Actor) -> QuerySet[RecurringPlan]:
    """All recurring plans the actor may know of: as with bookings; a plan link opens that plan."""
    plans = RecurringPlan.objects.all()
    if actor.kind is ActorKind.SYSTEM or actor.role in EVERYWHERE:
        return plans
    if actor.kind is ActorKind.LINK:
        return plans.filter(ref=actor.link_subject) if actor.link_purpose == LinkPurpose.PLAN else plans.none()
    if actor.role == RoleCode.DISPATCHER:
        return plans.filter(territory__in=TerritoryScope.objects.filter(user=actor.user_id).values("territory"))
    if actor.role == RoleCode.CUSTOMER:
        return plans.filter(customer__user=actor.user_id)
    return plans.none()


def plan_for(actor: Actor, ref: str, permission: Permission) -> RecurringPlan:
    """The plan behind a reference, if the actor may do this with it.

    Raises:
        NotFound: there is none, or it is not theirs to see.
        Forbidden: they may see it, but not do this.
    """
    plan = (
        plans_visible_to(actor)
        .select_related("customer", "item", "address", "territory")
        .filter(ref=read_ref(ref))
        .first()
    )
    if plan is None:
        raise NotFound
    if actor.kind is not ActorKind.LINK:
        require(actor, permission)
    return plan
