"""A dense invented city full of open offers, so that thousands of grabs are possible at any hour.

Each block is a territory whose technicians are on duty for as many days as its offers need. On a day there are
twelve windows of an hour with ``parallel`` visits of twenty minutes each, a few hundred metres apart, so that a
technician could serve one visit of every window. Of the ``parallel`` visits of one window each has technicians of its
own: whoever grabbed one is never asked to be at another at the same time. Rows are consistent with each other; offers,
steps, events, plan and bookings included.

    DATABASE_URL=… python -m bench.city hall:64:500:1
"""

from __future__ import annotations

import itertools
import json
import math
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paidan.catalog.models import ServiceItemVersion
    from paidan.visits.models import Visit
    from paidan.workforce.models import Territory

WINDOWS_A_DAY = 12
FIRST_HOUR = 8
MINUTES = 20
OPEN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Block:
    """What one territory shall hold; ``minutes`` is how long after a window opens work may still start."""

    name: str
    technicians: int
    offers: int
    parallel: int = 1
    minutes: int = 30

    @classmethod
    def of(cls, text: str) -> Block:
        """From ``name:technicians:offers:parallel:minutes``; the last two may be missing."""
        name, *numbers = text.split(":")
        return cls(name, *map(int, numbers))

    def __str__(self) -> str:
        return f"{self.name}:{self.technicians}:{self.offers}:{self.parallel}:{self.minutes}"

    @property
    def days(self) -> int:
        return math.ceil(self.offers / (WINDOWS_A_DAY * self.parallel))


@dataclass(frozen=True, slots=True)
class Person:
    """A technician and the key to call the API with."""

    id: int
    ref: str
    key: str


@dataclass(frozen=True, slots=True)
class Chance:
    """An open offer. ``people`` are the technicians who may grab it; ``day`` and ``window`` tell when it is."""

    offer: str
    visit: str
    visit_id: int
    booking: str
    block: str
    day: int
    window: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """One visit as planned: whose shift of which day, the window told, the work and where it is."""

    day: int
    shift: int
    opens: datetime
    closes: datetime
    start: datetime
    minutes: int
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DenseCity:
    """What callers need to know of the city."""

    manager_key: str
    people: tuple[Person, ...]
    chances: tuple[Chance, ...]

    def of_block(self, name: str) -> list[Chance]:
        return [chance for chance in self.chances if chance.block == name]

    def as_json(self) -> str:
        """One line; ``people`` of a chance become their ids."""
        chances = [asdict(replace(c, people=())) | {"people": [p.id for p in c.people]} for c in self.chances]
        people = [asdict(person) for person in self.people]
        return json.dumps({"manager_key": self.manager_key, "people": people, "chances": chances})

    @classmethod
    def of_json(cls, text: str) -> DenseCity:
        data = json.loads(text)
        people = {row["id"]: Person(**row) for row in data["people"]}
        chances = tuple(
            Chance(**(row | {"people": tuple(people[number] for number in row["people"])})) for row in data["chances"]
        )
        return cls(data["manager_key"], tuple(people.values()), chances)


def build(blocks: Sequence[Block]) -> DenseCity:
    """Fill the database; Django is set up. The database was empty but for its migrations."""
    from django.db import connection, transaction

    from paidan.accounts.constants import RoleCode
    from tests import city

    with transaction.atomic():
        city.make_policy()
        skill = city.make_skill("bench")
        item = city.make_item((skill, 1), minutes=MINUTES)
        manager = city.make_user(RoleCode.MANAGER)
        keys = keys_of([manager.pk])
        filled = [Filled(number, block, item) for number, block in enumerate(blocks)]
        people = tuple(itertools.chain.from_iterable(block.people for block in filled))
        chances = tuple(itertools.chain.from_iterable(block.chances() for block in filled))
        _tell_of_offers()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return DenseCity(keys[0], people, chances)


def keys_of(user_ids: Sequence[int]) -> list[str]:
    """A new API key for each user."""
    from paidan.accounts.access import token_hash
    from paidan.accounts.models import ApiKey

    keys = [f"pd_{secrets.token_urlsafe(32)}" for _ in user_ids]
    ApiKey.objects.bulk_create(
        ApiKey(user_id=user_id, label="bench", key_hash=token_hash(key))
        for user_id, key in zip(user_ids, keys, strict=True)
    )
    return keys


def _tell_of_offers() -> None:
    """The step and the event by which each visit came into the hall."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO visits_visitstep (visit_id, action, source, target, actor_key, actor_role, data, at)
            SELECT id, 'offer', 'pending', 'offered', 'system', 'system', '{}', created_at FROM visits_visit
            """
        )
        cursor.execute(
            """
            INSERT INTO kernel_event (name, payload, refs, topics, created_at)
            SELECT 'visit.offered',
                   jsonb_build_object('visit_id', id, 'visit_ref', ref, 'booking_ref', booking_ref,
                                      'territory_id', territory_id, 'action', 'offer', 'source', 'pending',
                                      'target', 'offered', 'actor_key', 'system', 'actor_role', 'system',
                                      'technician_id', NULL),
                   ARRAY[ref, booking_ref], ARRAY['office'], created_at
              FROM visits_visit
            """
        )


class Filled:
    """One block as rows; ``hours`` are those of each shift."""

    hours = (FIRST_HOUR - 1, FIRST_HOUR + WINDOWS_A_DAY + 2)

    def __init__(self, number: int, block: Block, item: ServiceItemVersion) -> None:
        from tests import city

        self.block = block
        self.item = item
        self.lng = 121.0 + number * 0.2
        ring = [[self.lng + dx, 31.0 + dy] for dx, dy in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0))]
        self.territory: Territory = city.make_territory(f"bench-{block.name}", ring)
        self.first = city.tomorrow() + timedelta(days=1)
        self.customer = city.make_customer()
        self.address = city.make_address(self.customer)
        self.people = self._people()
        self.shifts = self._shifts()

    def _people(self) -> list[Person]:
        from django.db.backends.postgresql.psycopg_any import DateRange

        from paidan.accounts.constants import RoleCode
        from paidan.accounts.models import User
        from paidan.accounts.services import role_of
        from paidan.catalog.models import Skill
        from paidan.workforce.models import Technician, TechnicianSkill, TerritoryMembership

        role, skill = role_of(RoleCode.TECHNICIAN), Skill.objects.get(code="bench")
        numbers = range(self.block.technicians)
        start = self.territory.pk * 1000
        users = User.objects.bulk_create(
            User(role=role, name=f"师傅{n}", phone=f"+8613{start + n:09d}", password=f"!{n}") for n in numbers
        )
        technicians = Technician.objects.bulk_create(
            Technician(
                user=user,
                staff_number=f"S{start + n}",
                name=user.name,
                home_lat=31.05,
                home_lng=self.lng + 0.05,
                load_cap=WINDOWS_A_DAY * 2,
            )
            for n, user in enumerate(users)
        )
        TerritoryMembership.objects.bulk_create(
            TerritoryMembership(technician=t, territory=self.territory, dates=DateRange(date(2026, 1, 1), None))
            for t in technicians
        )
        TechnicianSkill.objects.bulk_create(TechnicianSkill(technician=t, skill=skill, level=3) for t in technicians)
        keys = keys_of([user.pk for user in users])
        return [Person(t.pk, t.ref, key) for t, key in zip(technicians, keys, strict=True)]

    def _shifts(self) -> dict[tuple[int, int], int]:
        """Shift ids by day and technician."""
        from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

        from paidan.workforce.models import Shift
        from tests import city

        places = [(day, person) for day in range(self.block.days) for person in self.people]
        shifts = Shift.objects.bulk_create(
            Shift(
                technician_id=person.id,
                territory=self.territory,
                service_date=self.first + timedelta(days=day),
                span=DateTimeTZRange(
                    city.local(self.first + timedelta(days=day), self.hours[0]),
                    city.local(self.first + timedelta(days=day), self.hours[1]),
                ),
            )
            for day, person in places
        )
        return {(day, person.id): shift.pk for (day, person), shift in zip(places, shifts, strict=True)}

    def chances(self) -> list[Chance]:
        """Bookings, visits, their plan and their offers."""
        from paidan.dispatch.models import Offer
        from paidan.kernel import clock

        now = clock.now()
        visits = self.promise(list(self._promises()), now)
        offers = Offer.objects.bulk_create(
            Offer(visit=visit, territory=self.territory, opened_at=now, closes_at=now + OPEN_FOR) for visit in visits
        )
        return [
            Chance(
                offer=offer.ref,
                visit=visit.ref,
                visit_id=visit.pk,
                booking=visit.booking_ref,
                block=self.block.name,
                day=day,
                window=window,
                people=tuple(self._group(parallel)),
            )
            for offer, visit, (day, window, parallel) in zip(offers, visits, self._places(), strict=True)
        ]

    def _places(self) -> Iterator[tuple[int, int, int]]:
        """Day, window and position of each visit."""
        days, windows = range(self.block.days), range(WINDOWS_A_DAY)
        every = itertools.product(days, windows, range(self.block.parallel))
        return itertools.islice(every, self.block.offers)

    def _group(self, parallel: int) -> list[Person]:
        return self.people[parallel :: self.block.parallel]

    def _promises(self) -> Iterator[Promise]:
        """Each on the day of a technician of its group, in turn."""
        from tests import city

        for number, (day, window, parallel) in enumerate(self._places()):
            group = self._group(parallel)
            person = group[window % len(group)]
            opens = city.local(self.first + timedelta(days=day), FIRST_HOUR + window)
            place = (31.05 + 0.0001 * (number % 7), self.lng + 0.05 + 0.0001 * (number % 11))
            closes = opens + timedelta(minutes=self.block.minutes)
            yield Promise(day, self.shifts[day, person.id], opens, closes, opens, MINUTES, place)

    def promise(self, promises: Sequence[Promise], now: datetime) -> list[Visit]:
        """Bookings, their visits and the plan of them."""
        visits = self._visits(promises, now)
        self._plan(promises, visits)
        return visits

    def _visits(self, promises: Sequence[Promise], now: datetime) -> list[Visit]:
        from paidan.booking.constants import BookingStatus, Channel
        from paidan.booking.models import Booking, BookingVisit
        from paidan.kernel.refs import new_ref
        from paidan.visits.constants import VisitStatus
        from paidan.visits.models import Visit

        bookings, visits = [], []
        for promise in promises:
            shared = {
                "customer": self.customer,
                "item_version": self.item,
                "territory": self.territory,
                "contact_name": self.customer.name,
                "contact_phone": self.customer.phone,
                "window_start_at": promise.opens,
                "window_end_at": promise.closes,
                "created_at": now,
            }
            booking = Booking(
                **shared,
                status=BookingStatus.CONFIRMED,
                channel=Channel.WEB,
                item_name=self.item.name,
                price_minor=self.item.price_minor,
                address=self.address,
                confirmed_at=now,
            )
            visit = Visit(
                **shared,
                ref=new_ref("V"),
                status=VisitStatus.OFFERED,
                booking_ref=booking.ref,
                district="样例区",
                address_text="样例路 1 号",
                lat=promise.place[0],
                lng=promise.place[1],
                duration_minutes=promise.minutes,
                pay_minor=self.item.pay_minor,
                planned_start_at=promise.start,
                planned_end_at=promise.start + timedelta(minutes=promise.minutes),
                release_at=now,
            )
            bookings.append(booking)
            visits.append(visit)
        Booking.objects.bulk_create(bookings)
        Visit.objects.bulk_create(visits)
        BookingVisit.objects.bulk_create(
            BookingVisit(booking=b, visit=v) for b, v in zip(bookings, visits, strict=True)
        )
        return visits

    def _plan(self, promises: Sequence[Promise], visits: Sequence[Visit]) -> None:
        from paidan.dispatch.models import PlanDay, PlanStop

        days = PlanDay.objects.bulk_create(
            PlanDay(territory=self.territory, service_date=self.first + timedelta(days=day))
            for day in range(self.block.days)
        )
        PlanStop.objects.bulk_create(
            PlanStop(
                plan_day=days[promise.day],
                shift_id=promise.shift,
                visit=visit,
                start_at=promise.start,
                end_at=promise.start + timedelta(minutes=promise.minutes),
            )
            for promise, visit in zip(promises, visits, strict=True)
        )


def main(arguments: Sequence[str]) -> int:
    """Build the named blocks and print the city as JSON."""
    from paidan.cli.django_ready import django_setup

    django_setup()
    print(build([Block.of(text) for text in arguments]).as_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
