"""Who exactly: people behind a role, and how each of them can be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.catalog.models import SkillNeed
from paidan.notifications.constants import NEARBY_AT_MOST, ChannelKind, Recipient
from paidan.notifications.facts import Subject
from paidan.visits.models import Assignment, Visit
from paidan.workforce.models import Shift, Technician, TechnicianSkill, TerritoryMembership, TerritoryScope


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a message goes to, and the channels that reach them."""

    channels: frozenset[ChannelKind]
    user_id: int | None = None
    customer_id: int | None = None


def people_for(recipient: Recipient, subject: Subject) -> tuple[Person, ...]:
    """The people behind a recipient of the routes table; nobody where there is none."""
    return _PEOPLE[recipient](subject)


def _customer(subject: Subject) -> tuple[Person, ...]:
    customer = subject.customer
    if customer is None:
        return ()
    user = customer.user if customer.user is not None and customer.user.is_active else None
    channels = {
        ChannelKind.INBOX: user is not None,
        ChannelKind.SMS: bool(customer.phone),
        ChannelKind.EMAIL: bool(customer.email or (user and user.email)),
    }
    reached = frozenset(channel for channel, works in channels.items() if works)
    return (Person(reached, user.pk if user else None, customer.pk),)


def _technician(subject: Subject) -> tuple[Person, ...]:
    if subject.technician is None or not subject.technician.user.is_active:
        return ()
    return (_person(subject.technician.user),)


def _nearby(subject: Subject) -> tuple[Person, ...]:
    if subject.visit is None:
        return ()
    return tuple(
        Person(frozenset({ChannelKind.INBOX}), user_id=user_id)
        for user_id in _likely(subject.visit).values_list("user_id", flat=True)[:NEARBY_AT_MOST]
    )


def _likely(visit: Visit) -> QuerySet[Technician]:
    """Those on duty in the territory who hold the skills, nearest home first; the grab itself checks every rule."""
    day = visit.window_start_at.astimezone(ZoneInfo(visit.territory.time_zone)).date()
    technician = OuterRef("pk")
    works_here = TerritoryMembership.objects.filter(
        technician=technician, territory=visit.territory_id, dates__contains=day
    )
    on_duty = Shift.objects.filter(technician=technician, span__overlap=(visit.window_start_at, visit.window_end_at))
    declined = Assignment.objects.filter(technician=technician, visit=visit, end_reason="declined")
    held = TechnicianSkill.objects.filter(
        Q(valid_until_date__isnull=True) | Q(valid_until_date__gte=day),
        technician=OuterRef(OuterRef("pk")),
        skill=OuterRef("skill"),
        level__gte=OuterRef("level"),
    )
    lacking = SkillNeed.objects.filter(~Exists(held), version=visit.item_version_id)
    distance = (F("home_lat") - visit.lat) ** 2 + (F("home_lng") - visit.lng) ** 2
    return Technician.objects.filter(
        Exists(works_here),
        Exists(on_duty),
        ~Exists(declined),
        ~Exists(lacking),
        paused_at__isnull=True,
        retired_at__isnull=True,
        user__is_active=True,
    ).order_by(distance)


def _desk(subject: Subject) -> tuple[Person, ...]:
    """Dispatchers who watch over the territory; of a subject without one, all of them."""
    dispatchers = User.objects.filter(role__code=RoleCode.DISPATCHER, is_active=True)
    if subject.territory_id is not None:
        scope = TerritoryScope.objects.filter(user=OuterRef("pk"), territory=subject.territory_id)
        dispatchers = dispatchers.filter(Exists(scope))
    ids = dispatchers.order_by("pk").values_list("pk", flat=True)
    return tuple(Person(frozenset({ChannelKind.INBOX}), user_id=user_id) for user_id in ids)


def _person(user: User) -> Person:
    channels = {
        ChannelKind.INBOX: True,
        ChannelKind.SMS: bool(user.phone),
        ChannelKind.EMAIL: bool(user.email),
    }
    return Person(frozenset(channel for channel, works in channels.items() if works), user_id=user.pk)


_PEOPLE: dict[Recipient, Callable[[Subject], tuple[Person, ...]]] = {
    Recipient.CUSTOMER: _customer,
    Recipient.TECHNICIAN: _technician,
    Recipient.NEARBY: _nearby,
    Recipient.DESK: _desk,
}
