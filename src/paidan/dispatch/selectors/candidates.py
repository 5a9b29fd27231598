"""The technicians a dispatcher may choose from for a visit, and what speaks against each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from paidan.accounts.constants import Permission
from paidan.dispatch.constants import OVERRIDABLE_RULES, RULE_SENTENCES
from paidan.dispatch.selectors.tasks import gave_back, skills_by_version, task_planned
from paidan.dispatch.standing_plan import Book, book_load, instant, scope_of, visit_key
from paidan.kernel.actors import Actor
from paidan.kernel.timespan import TimeSpan
from paidan.visits.access import visit_for
from paidan.workforce.constants import Grade
from paidan.workforce.models import Technician
from paidan_engine.constraints import Verdict, eligibility
from paidan_engine.problem import Task
from paidan_engine.repair import insertions
from paidan_engine.solution import DayPlan, Route


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One hard rule that refuses, in words, with its numbers."""

    rule: str
    sentence: str
    overridable: bool
    facts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician considered for a visit, eligible or not."""

    technician_ref: str
    name: str
    staff_number: str
    grade_label: str
    rating: float
    visits_that_day: int
    added_travel_seconds: int | None
    start_at: datetime | None
    refusals: tuple[RuleVerdict, ...]

    @property
    def is_eligible(self) -> bool:
        return not self.refusals

    @property
    def is_overridable(self) -> bool:
        return all(refusal.overridable for refusal in self.refusals)


def candidates_for(actor: Actor, visit_ref: str, *, now: datetime) -> tuple[Candidate, ...]:
    """Every technician of the visit's territory and day: who can, at what cost, and what speaks against the others.

    Raises:
        NotFound, Forbidden: the visit is not the actor's to assign.
    """
    visit = visit_for(actor, visit_ref, Permission.ASSIGN_VISITS)
    scope = scope_of(
        visit.territory_id, visit.territory.time_zone, TimeSpan(visit.window_start_at, visit.window_end_at)
    )
    book = book_load(scope, now=now)
    found = book.plan.find(visit_key(visit.pk))
    skills = skills_by_version([visit.item_version_id]).get(visit.item_version_id, ())
    task = found[1].task if found is not None else task_planned(visit, skills, gave_back(visit))
    people = Technician.objects.in_bulk({route.shift.technician for route in book.plan})
    rows = [_candidate(people[route.shift.technician], route, task, book) for route in book.plan]
    return tuple(
        sorted(
            rows, key=lambda c: (not c.is_eligible, not c.is_overridable, c.added_travel_seconds or 0, c.staff_number)
        )
    )


def _candidate(person: Technician, route: Route, task: Task, book: Book) -> Candidate:
    verdicts = eligibility(task, route, book.travel, book.now)
    refusals = tuple(rule_verdict(v) for v in verdicts if not v.passed)
    way = None
    if not refusals:
        own = Route(route.shift, tuple(s for s in route.stops if s.pinned and s.task.key != task.key))
        way = next(iter(insertions(DayPlan((own,)), task, book.travel, book.now)), None)
    return Candidate(
        technician_ref=person.ref,
        name=person.name,
        staff_number=person.staff_number,
        grade_label=str(Grade(person.grade).label),
        rating=round(person.rating_mean, 2),
        visits_that_day=sum(stop.pinned for stop in route.stops),
        added_travel_seconds=way.added_cost if way is not None else None,
        start_at=instant(way.start) if way is not None else None,
        refusals=refusals,
    )


def rule_verdict(verdict: Verdict) -> RuleVerdict:
    """A refusing verdict in words."""
    return RuleVerdict(
        rule=verdict.code,
        sentence=str(RULE_SENTENCES.get(verdict.code, verdict.code)),
        overridable=verdict.code in OVERRIDABLE_RULES,
        facts=dict(verdict.facts),
    )
