"""What every chapter of the past needs at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.booking.models import Booking
from paidan.catalog.models import SkillNeed
from paidan.demo.history.demand import Asked
from paidan.demo.history.duty import Choice, Errand
from paidan.demo.history.writing import HistoryWriter
from paidan.demo.identity import reference
from paidan.dispatch.models import PlanDay, Policy
from paidan.dispatch.policies import Weights
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.geo import Point
from paidan.visits.models import Visit
from paidan.workforce.models import Shift, TerritoryScope
from paidan.worklist.constants import WorkKind, WorkStatus
from paidan.worklist.models import WorkItem


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers the phone, and who dispatches each territory."""

    service: tuple[Actor, ...]
    dispatchers: dict[int, Actor]


def desk_load() -> Desk:
    """The demo city's desk."""
    users = User.objects.select_related("role").order_by("pk")
    service = tuple(actor_of_user(user) for user in users.filter(role__code=RoleCode.CUSTOMER_SERVICE))
    dispatchers: dict[int, Actor] = {}
    for scope in TerritoryScope.objects.select_related("user__role").order_by("pk"):
        dispatchers.setdefault(scope.territory_id, actor_of_user(scope.user))
    return Desk(service, dispatchers)


def needs_load() -> dict[int, tuple[tuple[int, int], ...]]:
    """Skill and level by item version."""
    needs: dict[int, tuple[tuple[int, int], ...]] = {}
    for version_id, skill_id, level in SkillNeed.objects.values_list("version", "skill", "level"):
        needs[version_id] = (*needs.get(version_id, ()), (skill_id, level))
    return needs


@dataclass(eq=False, slots=True)
class Telling:
    """The pen, the dice, and the city as it stands.

    Attributes:
        served: how many visits got to the door so far.
    """

    writer: HistoryWriter
    rng: Random
    policy: Policy
    weights: Weights
    desk: Desk
    needs: dict[int, tuple[tuple[int, int], ...]]
    plan_days: dict[tuple[int, date], PlanDay] = field(default_factory=dict)
    served: int = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def later(self, at: datetime, least_seconds: float, most_seconds: float) -> datetime:
        """A moment some seconds after another."""
        return at + timedelta(seconds=round(self.rng.uniform(least_seconds, most_seconds)))

    def plan_day(self, shift: Shift) -> PlanDay:
        """The plan that a shift belongs to; made when first asked for."""
        key = (shift.territory_id, shift.service_date)
        if key not in self.plan_days:
            self.plan_days[key] = PlanDay(territory_id=shift.territory_id, service_date=shift.service_date, version=1)
            self.writer.keep(self.plan_days[key])
        return self.plan_days[key]

    def errand(self, asked: Asked) -> Errand:
        return Errand(
            window=asked.window,
            place=Point(asked.address.lat, asked.address.lng),
            minutes=asked.version.duration_minutes,
            needs=self.needs.get(asked.version.pk, ()),
            is_demanding=asked.version.is_demanding,
        )

    def work_done(
        self, kind: WorkKind, subject_ref: str, *, territory_id: int, facts: dict[str, object], at: datetime, by: Actor
    ) -> datetime:
        """Something a person looked at and settled some minutes later; returns when."""
        done_at = self.later(at, 240, 1500)
        is_done = self.writer.reaches(done_at)
        self.writer.keep(
            WorkItem(
                ref=reference(self.rng, "W"),
                kind=kind,
                subject_ref=subject_ref,
                territory_id=territory_id,
                facts=facts,
                status=WorkStatus.DONE if is_done else WorkStatus.OPEN,
                due_at=at + timedelta(minutes=30),
                created_at=at,
                closed_at=done_at if is_done else None,
                closed_by_key=by.key if is_done else "",
            )
        )
        return done_at


@dataclass(eq=False, slots=True)
class Thread:
    """One booking's story while it is told."""

    asked: Asked
    booking: Booking
    visit: Visit
    choice: Choice

    @property
    def customer(self) -> Actor:
        """The customer as an actor: logged in, or through the link of the booking."""
        user = self.asked.customer.user
        if user is not None:
            return actor_of_user(user)
        return Actor(kind=ActorKind.LINK, link_purpose=LinkPurpose.BOOKING, link_subject=self.booking.ref)
