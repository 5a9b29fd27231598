"""A small invented city for tests: one territory of about 11 × 11 km, and people made one call at a time.

Distances: 0.01° of latitude is about 1.1 km, at city speed with detour about 4 minutes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import user_create
from paidan.catalog.constants import DispatchMode
from paidan.catalog.models import FeeRule, FeeTable, ServiceItem, ServiceItemVersion, ServiceType, Skill, SkillNeed
from paidan.customers.models import Address, Customer
from paidan.dispatch.constants import PolicyStatus
from paidan.dispatch.models import Offer, Policy
from paidan.dispatch.policies import policy_forget
from paidan.dispatch.services.promises import promise_make
from paidan.kernel import clock
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point
from paidan.kernel.refs import new_ref
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import Urgency
from paidan.visits.models import Visit
from paidan.visits.services import NewVisit, visit_create, visit_move
from paidan.workforce.models import Shift, Technician, TechnicianSkill, Territory, TerritoryMembership, TerritoryScope

ZONE = ZoneInfo("Asia/Shanghai")
CENTRE = Point(31.05, 121.05)
RING = [[121.0, 31.0], [121.1, 31.0], [121.1, 31.1], [121.0, 31.1], [121.0, 31.0]]
PASSWORD = "Sturdy-Lamp-42"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A local wall-clock instant."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE)


def tomorrow() -> date:
    return (datetime.now(ZONE) + timedelta(days=1)).date()


def window(day: date, hour: int, hours: int = 2) -> TimeSpan:
    return TimeSpan(local(day, hour), local(day, hour) + timedelta(hours=hours))


@dataclass(frozen=True)
class Worker:
    """A technician with the user behind it."""

    technician: Technician
    user: User

    @property
    def actor(self) -> Actor:
        return actor_of_user(self.user)

    @property
    def pk(self) -> int:
        return self.technician.pk


def make_territory(code: str = "", ring: list[list[float]] | None = None) -> Territory:
    code = code or f"area-{next(_numbers)}"
    return Territory.objects.create(code=code, name={"zh": f"{code}区", "en": code}, ring=ring or RING)


def make_policy(**weights: int) -> Policy:
    """The active policy; the one that stands is retired first."""
    Policy.objects.filter(code="standard", status=PolicyStatus.ACTIVE).update(status=PolicyStatus.RETIRED)
    policy_forget()
    return Policy.objects.create(
        code="standard",
        version=Policy.objects.filter(code="standard").count() + 1,
        name={"zh": "标准", "en": "Standard"},
        status=PolicyStatus.ACTIVE,
        weights=weights,
        effective_at=EPOCH,
    )


def make_skill(code: str = "") -> Skill:
    code = code or f"skill-{next(_numbers)}"
    return Skill.objects.create(code=code, name={"zh": code, "en": code})


def make_item(
    *needs: tuple[Skill, int],
    minutes: int = 60,
    price_minor: int = 20_000,
    mode: DispatchMode = DispatchMode.GRAB_FIRST,
    is_round_the_clock: bool = False,
    is_demanding: bool = False,
) -> ServiceItemVersion:
    """A service item with one version in force."""
    number = next(_numbers)
    fees = FeeTable.objects.create(code=f"fees-{number}", name={"zh": "取消", "en": "Cancelling"}, effective_at=EPOCH)
    FeeRule.objects.create(table=fees, notice_below_minutes=120, percent=20, minimum_minor=2_000)
    kind = ServiceType.objects.create(code=f"type-{number}", name={"zh": "维修", "en": "Repair"})
    item = ServiceItem.objects.create(code=f"item-{number}", type=kind)
    version = ServiceItemVersion.objects.create(
        item=item,
        effective_at=EPOCH,
        name={"zh": f"服务{number}", "en": f"Service {number}"},
        duration_minutes=minutes,
        price_minor=price_minor,
        pay_minor=price_minor // 2,
        mode=mode,
        is_round_the_clock=is_round_the_clock,
        is_demanding=is_demanding,
        fee_table=fees,
    )
    for skill, level in needs:
        SkillNeed.objects.create(version=version, skill=skill, level=level)
    return version


def make_user(role: RoleCode, name: str = "") -> User:
    number = next(_numbers)
    return user_create(
        role=role, name=name or f"{role}-{number}", phone=f"+86139{number:08d}", email=f"p{number}@example.com"
    )


def make_worker(
    territory: Territory,
    *skills: tuple[Skill, int],
    home: Point = CENTRE,
    load_cap: int = 8,
    role: RoleCode = RoleCode.TECHNICIAN,
) -> Worker:
    """A technician of a territory; no shift yet."""
    number = next(_numbers)
    user = make_user(role, name=f"师傅{number}")
    technician = Technician.objects.create(
        user=user,
        staff_number=f"S{number:05d}",
        name=user.name,
        home_lat=home.lat,
        home_lng=home.lng,
        load_cap=load_cap,
    )
    TerritoryMembership.objects.create(
        technician=technician, territory=territory, dates=DateRange(date(2026, 1, 1), None)
    )
    for skill, level in skills:
        TechnicianSkill.objects.create(technician=technician, skill=skill, level=level)
    return Worker(technician, user)


def make_shift(worker: Worker, day: date, start_hour: int = 8, end_hour: int = 18) -> Shift:
    """A shift in the technician's own territory; an end hour not after the start means the next morning."""
    start = local(day, start_hour)
    end = local(day if end_hour > start_hour else day + timedelta(days=1), end_hour)
    membership = worker.technician.memberships.get()
    return Shift.objects.create(
        technician=worker.technician,
        territory=membership.territory,
        service_date=day,
        span=DateTimeTZRange(start, end),
    )


def make_customer(name: str = "") -> Customer:
    number = next(_numbers)
    return Customer.objects.create(name=name or f"客户{number}", phone=f"+86137{number:08d}")


def make_address(customer: Customer, place: Point = CENTRE) -> Address:
    return Address.objects.create(
        customer=customer, district="样例区", text="样例路 1 号", door="2 单元 301", lat=place.lat, lng=place.lng
    )


def make_visit(
    territory: Territory,
    version: ServiceItemVersion,
    span: TimeSpan,
    *,
    place: Point = CENTRE,
    urgency: Urgency = Urgency.NORMAL,
    customer: Customer | None = None,
    now: datetime | None = None,
    planned: bool = True,
) -> Visit:
    """A pending visit whose promise is in the standing plan (unless ``planned`` is false)."""
    now = now or clock.now()
    customer = customer or make_customer()
    with transaction.atomic():
        visit = visit_create(
            NewVisit(
                booking_ref=new_ref("B"),
                customer_id=customer.pk,
                item_version_id=version.pk,
                territory_id=territory.pk,
                urgency=urgency,
                description="",
                contact_name=customer.name,
                contact_phone=customer.phone,
                district="样例区",
                address_text="样例路 1 号",
                door="301",
                lat=place.lat,
                lng=place.lng,
                window=span,
                duration_minutes=version.duration_minutes,
                pay_minor=version.pay_minor,
                release_at=now,
            ),
            now=now,
        )
        if planned:
            promise_make(visit=visit, hold=None, now=now)
    return visit


def make_offer(visit: Visit, *, now: datetime | None = None, seconds: int = 600) -> Offer:
    """Show a pending visit in the hall."""
    now = now or clock.now()
    with transaction.atomic():
        visit_move(visit, "offer", actor=SYSTEM, now=now)
        return Offer.objects.create(
            visit=visit, territory_id=visit.territory_id, opened_at=now, closes_at=now + timedelta(seconds=seconds)
        )


@contextmanager
def refused(error: type[DomainError]) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """Expect a refusal of a service that shares its caller's transaction: what it wrote is rolled back."""
    with pytest.raises(error) as info, transaction.atomic():
        yield info


@contextmanager
def refused_with(code: str) -> Iterator[None]:
    """Expect a refusal by its code."""
    with pytest.raises(DomainError) as info, transaction.atomic():
        yield
    assert info.value.code == code


def all_or_nothing() -> AbstractContextManager[None]:
    """What a request's transaction does: a refusal inside undoes everything."""
    return transaction.atomic()


def make_dispatcher(*territories: Territory) -> Actor:
    """A dispatcher who watches over these territories."""
    user = make_user(RoleCode.DISPATCHER)
    for territory in territories:
        TerritoryScope.objects.create(user=user, territory=territory)
    return actor_of_user(user)
