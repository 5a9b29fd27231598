"""A small served district with people on both sides of the counter, for tests of orders."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import connection, transaction
from PIL import Image

from paidan.accounts.access import actor_of_link, actor_of_user
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.services import link_create
from paidan.booking.constants import Channel
from paidan.booking.forms import NewBooking
from paidan.booking.models import Booking
from paidan.booking.services import BookingView, booking_submit
from paidan.catalog.models import ServiceItemVersion
from paidan.customers.services import NewAddress
from paidan.dispatch.services import visit_assign
from paidan.dispatch.services.assigning import assignment_accept
from paidan.fieldwork.services import photo_add, visit_arrive, visit_depart, visit_finish, visit_start
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.workforce.models import Territory, TerritoryScope
from tests import city

PLACE = Point(31.05, 121.05)
ELSEWHERE = Point(30.0, 120.0)


@dataclass
class Scene:
    """One territory, one item, technicians on duty tomorrow and the day after."""

    territory: Territory
    version: ServiceItemVersion
    workers: list[city.Worker]
    day: date = field(default_factory=city.tomorrow)
    now: datetime = field(default_factory=clock.now)

    @property
    def worker(self) -> city.Worker:
        return self.workers[0]

    @property
    def item_code(self) -> str:
        return self.version.item.code

    def window(self, hour: int = 14, days: int = 0) -> TimeSpan:
        return city.window(self.day + timedelta(days=days), hour)

    def form(self, **changes: object) -> NewBooking:
        """A complete form of a first-time customer; what is named differs."""
        fields: dict[str, object] = {
            "item_code": self.item_code,
            "window": self.window(),
            "contact_name": "李女士",
            "contact_phone": "138 0013 8000",
            "address": NewAddress(district="样例区", text="样例路 8 号", door="3 单元 502", place=PLACE),
            "description": "空调不制冷",
            "consent": True,
            **changes,
        }
        return NewBooking(**fields)  # type: ignore[arg-type]  # a test's own field names

    def customer_actor(self) -> Actor:
        return actor_of_user(city.make_user(RoleCode.CUSTOMER, "李女士"))

    def staff(self, role: RoleCode) -> Actor:
        """Somebody of the desk; a dispatcher watches over this territory."""
        user = city.make_user(role)
        if role is RoleCode.DISPATCHER:
            TerritoryScope.objects.create(user=user, territory=self.territory)
        return actor_of_user(user)

    def link(self, purpose: LinkPurpose, subject: str) -> Actor:
        return actor_of_link(link_create(purpose=purpose, subject=subject, now=self.now), now=self.now)

    def book(self, actor: Actor | None = None, **changes: object) -> BookingView:
        """Book as a new customer, or as the given one."""
        return booking_submit(
            form=self.form(**changes), actor=actor or self.customer_actor(), channel=Channel.WEB, now=self.now
        )

    def booked(self, actor: Actor | None = None, **changes: object) -> tuple[Booking, Visit]:
        """A confirmed booking and its visit."""
        view = self.book(actor, **changes)
        return Booking.objects.get(ref=view.ref), Visit.objects.get(ref=view.visit_ref)

    def assigned(self, visit: Visit, *, accept: bool = True) -> city.Worker:
        """Give the visit to the first technician, who accepts it."""
        manager = self.staff(RoleCode.MANAGER)
        visit_assign(visit_ref=visit.ref, technician_ref=self.worker.technician.ref, actor=manager, now=self.now)
        if accept:
            assignment_accept(visit_ref=visit.ref, actor=self.worker.actor, now=self.now)
        return self.worker

    def under_way(self, visit: Visit, *steps: str) -> Actor:
        """Assign the visit and take the named steps as its technician."""
        actor = self.assigned(visit).actor
        calls: dict[str, Callable[..., object]] = {
            "depart": visit_depart,
            "arrive": visit_arrive,
            "start": visit_start,
            "finish": visit_finish,
        }
        for step in steps:
            if step == "finish":
                photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=self.now)
            calls[step](visit_ref=visit.ref, actor=actor, now=self.now)
        visit.refresh_from_db()
        return actor

    def finished(self, visit: Visit) -> Actor:
        return self.under_way(visit, "depart", "arrive", "start", "finish")


def make_scene(*, workers: int = 2, minutes: int = 60) -> Scene:
    """A district with technicians who work from 8 to 18 tomorrow and the day after."""
    city.make_policy()
    territory = city.make_territory()
    skill = city.make_skill()
    version = city.make_item((skill, 2), minutes=minutes)
    people = [city.make_worker(territory, (skill, 3)) for _ in range(workers)]
    scene = Scene(territory, version, people)
    for worker in people:
        city.make_shift(worker, scene.day)
        city.make_shift(worker, scene.day + timedelta(days=1))
    return scene


def photo() -> ContentFile[bytes]:
    """A small picture, as a phone sends it."""
    target = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(target, "JPEG")
    return ContentFile(target.getvalue())


@dataclass(frozen=True)
class Outcome:
    """What one of several simultaneous calls came to."""

    value: object = None
    refusal: DomainError | None = None


def race(calls: Sequence[Callable[[], object]]) -> list[Outcome]:
    """Run calls at the same instant, each on a connection of its own; a refusal rolls its call back.

    Whatever is not a refusal is raised here: no deadlock and no database error may reach a user.
    """
    barrier = threading.Barrier(len(calls), timeout=10)
    outcomes: list[Outcome] = [Outcome()] * len(calls)
    errors: list[BaseException] = []

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            with transaction.atomic():
                outcomes[place] = Outcome(value=call())
        except DomainError as refusal:
            outcomes[place] = Outcome(refusal=refusal)
        except BaseException as error:  # raised again in the test's own thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    if errors:
        raise errors[0]
    return outcomes


def winners(outcomes: Sequence[Outcome]) -> list[object]:
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def refusal_codes(outcomes: Sequence[Outcome]) -> list[str]:
    return sorted(outcome.refusal.code for outcome in outcomes if outcome.refusal is not None)
