"""Random wishes against a small workforce: is every promise served, and is anybody refused who could have been?

Wishes of several services at random places and windows of two weeks are booked one after the other; now and then one
is cancelled. At the end each day's plan is checked by the engine's own verifier. Of the refusals a sample is looked at
again, with the plan of that instant: either the exact search proves it right, or a search of its own with ``--seconds``
processor seconds tries to serve the wish.

    python -m bench.random_bookings --bookings 10000 --sample 60 --seconds 20
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import beta

from bench.house import database_copy
from bench.report import Table
from paidan.kernel.embedded_postgres import EmbeddedPostgres
from paidan_engine.problem import Shift, Task
from paidan_engine.repair import Refusal, fit
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solve import solve_routes
from paidan_engine.routing.stop import CpuSeconds
from paidan_engine.routing.technicians import Break, Technician
from paidan_engine.routing.technicians import Shift as RouteShift
from paidan_engine.routing.visits import Seat, Visit
from paidan_engine.solution import DayPlan
from paidan_engine.travel import Travel
from paidan_engine.verify import verify_day_plan

if TYPE_CHECKING:
    from paidan.catalog.models import ServiceItemVersion
    from paidan.dispatch.standing_plan import Book
    from paidan.workforce.models import Territory

TECHNICIANS = 8
DAYS = 14
SKILLS = 3
MINUTES = (45, 60, 90, 120)
SIDE = 0.09
CANCELLED = 0.08
EXACT_STEPS = 300_000  # some seconds


@dataclass(frozen=True, slots=True)
class Refused:
    """A wish as it was refused, with the plan of that instant."""

    task: Task
    plan: DayPlan
    travel: Travel
    now: int


@dataclass(slots=True)
class Outcome:
    """What came of all wishes."""

    counts: Counter[str] = field(default_factory=Counter)
    sample: list[Refused] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    served: int = 0


class Market:
    """A territory with few technicians, and wishes for it. Django is set up; the database has no rows yet."""

    def __init__(self, rng: random.Random) -> None:
        from tests import city

        self._rng = rng
        city.make_policy()
        self._territory: Territory = city.make_territory("random")
        skills = [city.make_skill() for _ in range(SKILLS)]
        self._items: list[ServiceItemVersion] = [
            city.make_item((skill, level), minutes=minutes)
            for skill in skills
            for level, minutes in zip((1, 2, 3, 2), MINUTES, strict=True)
        ]
        self.first = city.tomorrow() + timedelta(days=1)
        for _ in range(TECHNICIANS):
            held = [(skill, rng.randrange(1, 5)) for skill in rng.sample(skills, 2)]
            worker = city.make_worker(self._territory, *held, home=self._place(), load_cap=12)
            for day in self._days():
                if rng.random() < 5 / 7:
                    begins = rng.choice((8, 9, 10))
                    city.make_shift(worker, day, begins, begins + 8)
        self._customer = city.make_customer()

    def wish(self, outcome: Outcome, sample: int) -> None:
        """One booking, or its refusal; a refusal is kept with the chance that makes the sample an even one."""
        from paidan.dispatch.errors import SlotTaken
        from tests import city

        version, place = self._rng.choice(self._items), self._place()
        window = city.window(self._rng.choice(self._days()), self._rng.choice(range(8, 18, 2)))
        try:
            visit = city.make_visit(self._territory, version, window, place=place, customer=self._customer)
        except SlotTaken:
            outcome.counts["refused"] += 1
            number = outcome.counts["refused"]
            position = len(outcome.sample) if number <= sample else self._rng.randrange(number)
            if position < sample:
                outcome.sample[position : position + 1] = [self._refused(version, place, window)]
            return
        outcome.counts["booked"] += 1
        if self._rng.random() < CANCELLED:
            self._cancel(visit)
            outcome.counts["cancelled"] += 1

    def check(self, outcome: Outcome) -> None:
        """Every promise stands in a plan that keeps all rules."""
        from paidan.visits.constants import VisitStatus
        from paidan.visits.models import Visit as Promised

        planned: set[str] = set()
        for day in self._days():
            book = self._book(day)
            found = verify_day_plan(book.plan, book.travel, book.now)
            outcome.broken += [violation.sentence for violation in found.violations]
            planned |= book.plan.task_keys()
        promised = Promised.objects.exclude(status=VisitStatus.CANCELLED).values_list("pk", flat=True)
        outcome.broken += [f"Visit {pk} is in no plan." for pk in promised if f"v{pk}" not in planned]
        outcome.served = len(planned)

    def _days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(DAYS)]

    def _place(self):  # type: ignore[no-untyped-def]  # a Point; Django is not set up when this is imported
        from paidan.kernel.geo import Point
        from tests import city

        lat, lng = (self._rng.uniform(-SIDE / 2, SIDE / 2) for _ in range(2))
        return Point(city.CENTRE.lat + lat, city.CENTRE.lng + lng)

    def _book(self, day: date) -> Book:
        from paidan.dispatch.standing_plan import dates_book_load
        from paidan.kernel import clock

        return dates_book_load(self._territory.pk, [day], now=clock.now())

    def _refused(self, version, place, window) -> Refused:  # type: ignore[no-untyped-def]  # as above
        from paidan.dispatch.slots import need_of

        book = self._book(window.start.date())
        return Refused(need_of(version, place).task(window), book.plan, book.travel, book.now)

    def _cancel(self, visit) -> None:  # type: ignore[no-untyped-def]  # as above
        from django.db import transaction

        from paidan.dispatch.services import promise_drop
        from paidan.kernel import clock
        from paidan.kernel.actors import SYSTEM
        from paidan.visits.services import visit_move

        with transaction.atomic():
            promise_drop(visit=visit, now=clock.now())
            visit_move(visit, "cancel", actor=SYSTEM, now=clock.now(), data={"reason": "customer"})


class Verdict(Enum):
    """What looking again at a refusal says."""

    POSSIBLE = "could be served"
    PROVEN = "proven impossible"
    NOT_FOUND = "not found"


def look_again(refused: Refused, seconds: float) -> Verdict:
    """Whether there is a plan with everything promised and the wish: by exact search, else by one with much time."""
    found = fit(refused.plan, refused.task, refused.travel, refused.now, budget=EXACT_STEPS)
    if found is Refusal.PROVEN:
        return Verdict.PROVEN
    if isinstance(found, DayPlan):
        return Verdict.POSSIBLE
    problem = _problem(refused)
    everything = {visit.key for visit in problem.visits}
    served = solve_routes(problem, CpuSeconds(seconds)).served()
    return Verdict.POSSIBLE if served == everything else Verdict.NOT_FOUND


def _problem(refused: Refused) -> RouteProblem:
    routes = [route for route in refused.plan if route.shift.start > refused.now]
    tasks = [stop.task for route in routes for stop in route.stops] + [refused.task]
    places = [route.shift.origin for route in routes] + [task.place for task in tasks]
    legs = np.array(
        [[0 if a is None or b is None else refused.travel.travel(a, b) for b in places] for a in places], np.int64
    )
    technicians = tuple(_technician(route.shift, row) for row, route in enumerate(routes))
    visits = tuple(_visit(task, len(routes) + row) for row, task in enumerate(tasks))
    return RouteProblem(visits, technicians, legs, legs)


def _technician(shift: Shift, row: int) -> Technician:
    breaks = tuple(Break(start, start, end - start) for start, end in shift.blocks)
    working = RouteShift(shift.start, shift.end, row, None, breaks, load_cap=shift.load_cap)
    return Technician(str(shift.id), (working,), skills={str(skill): level for skill, level in shift.skills.items()})


def _visit(task: Task, row: int) -> Visit:
    seat = Seat(task.duration, {str(skill): level for skill, level in task.skills})
    return Visit(task.key, row, ((task.earliest, task.latest),), (seat,))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a promise is not served."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bookings", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=20.0, help="processor seconds for each refusal looked at")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    outcome = _all_wishes(options.bookings, options.sample, options.seed)
    verdicts = Counter(look_again(refused, options.seconds) for refused in outcome.sample)
    wrong, looked = verdicts[Verdict.POSSIBLE], len(outcome.sample)
    bound = 1.0 if wrong == looked else float(beta.ppf(0.95, wrong + 1, looked - wrong))
    table = Table(
        "Random bookings",
        "random-bookings",
        (
            "wishes",
            "booked",
            "cancelled",
            "refused",
            "rules broken",
            "looked at",
            "proven",
            "could be served",
            "95 % bound",
        ),
        notes=f"{TECHNICIANS} technicians, {DAYS} days. A refusal looked at is either proven right by exact search or"
        f" gets {options.seconds:.0f} processor seconds of a search of its own. The bound is the upper one-sided"
        " Clopper–Pearson limit.",
    )
    counts = outcome.counts
    table.add(
        options.bookings,
        counts["booked"],
        counts["cancelled"],
        counts["refused"],
        len(outcome.broken),
        looked,
        verdicts[Verdict.PROVEN],
        wrong,
        f"{100 * bound:.1f} %",
    )
    table.show(write=options.write)
    for sentence in outcome.broken[:20]:
        print(sentence)
    return 1 if outcome.broken else 0


def _all_wishes(bookings: int, sample: int, seed: int) -> Outcome:
    """In a database of its own, in this process."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="paidan-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        try:
            database_copy(folder)
            postgres.start()
            os.environ |= {"DATABASE_URL": postgres.url, "PAIDAN_DATA": name, "PAIDAN_LOG_LEVEL": "WARNING"}
            from paidan.cli.django_ready import django_setup

            django_setup()
            market = Market(random.Random(seed))
            for _ in range(bookings):
                market.wish(outcome, sample)
            market.check(outcome)
        finally:
            postgres.stop()
    return outcome


if __name__ == "__main__":
    sys.exit(main())
