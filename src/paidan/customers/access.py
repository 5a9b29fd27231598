"""The only door to a customer."""

from __future__ import annotations

from paidan.accounts.access import require
from paidan.accounts.constants import Permission, RoleCode
from paidan.customers.models import Customer
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden


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
    """Whether the role sees phones and doors of customers."""
    return actor.may(Permission.UNMASK_CUSTOMERS)


def require_caller_desk(actor: Actor) -> None:
    """Let pass only who takes bookings for others.

    Raises:
        Forbidden: the role does not.
    """
    if not actor.may(Permission.BOOK_FOR_OTHERS):
        raise Forbidden
