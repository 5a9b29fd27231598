"""The only door to messages: one's own."""

from __future__ import annotations

from django.db.models import QuerySet

from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound, Unauthenticated
from paidan.notifications.constants import ChannelKind, DeliveryStatus
from paidan.notifications.models import Delivery


def inbox_of(actor: Actor) -> QuerySet[Delivery]:
    """Everything in the actor's inbox.

    Raises:
        Unauthenticated: the actor is no person with an inbox.
    """
    if actor.user_id is None:
        raise Unauthenticated
    return Delivery.objects.filter(user=actor.user_id, channel=ChannelKind.INBOX, status=DeliveryStatus.SENT)


def message_for(actor: Actor, message_id: int) -> Delivery:
    """One message of the actor's own inbox.

    Raises:
        NotFound: absent, or somebody else's.
    """
    message = inbox_of(actor).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    return message
