"""The only door to a customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from paidan.accounts.access import require
from paidan.accounts.constants import Permission, RoleCode
from paidan.customers.models import Customer, Unmasking
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden
from paidan.kernel.settings import UNMASKED_MINUTES


def own_customer(actor: Actor) -> Customer | None:
    """The customer a logged-in person is, if they have been one before."""
    if actor.user_id is None:
        return None
    return Customer.objects.filter(user=actor.user_id).first()


def books_for_self(actor: Actor) -> bool:
    """Whether the actor books for itself: a customer, and nobody who books for others.

    Raises:
        Unauthenticated: nobody is logged in.
        Forbidden: the role books neither for itself nor for others.
    """
    if actor.role == RoleCode.CUSTOMER:
        require(actor, Permission.BOOK_FOR_SELF)
        return True
    require(actor, Permission.BOOK_FOR_OTHERS)
    return False


def may_see_unmasked(actor: Actor) -> bool:
    """Whether the role may see phones and doors of customers: in an order's contact, once it gave a reason."""
    return actor.may(Permission.UNMASK_CUSTOMERS)


def has_unmasked(actor: Actor, subject_ref: str, *, now: datetime) -> bool:
    """Whether the actor gave a reason to see the full contact of an order a short while ago; the system needs none."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.user_id is None or not may_see_unmasked(actor):
        return False
    since = now - timedelta(minutes=UNMASKED_MINUTES.value())
    return Unmasking.objects.filter(user=actor.user_id, subject_ref=subject_ref, at__gt=since).exists()


def require_caller_desk(actor: Actor) -> None:
    """Let pass only who takes bookings for others.

    Raises:
        Forbidden: the role does not.
    """
    if not actor.may(Permission.BOOK_FOR_OTHERS):
        raise Forbidden
