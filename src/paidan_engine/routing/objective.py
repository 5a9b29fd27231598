"""The soft costs of a route plan, as a list to read: their weighted sum is the cost of the plan.

Each names where it arises and how many units; the weight prices a unit. The searches price by arithmetic of their own
and never come here, so that this list can judge them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from paidan_engine.routing.constraints import Breach
from paidan_engine.routing.problem import Weights
from paidan_engine.routing.view import PlanView


@dataclass(frozen=True, slots=True)
class SoftCost:
    """Something to have little of.

    Attributes:
        name: stable, for records and translations.
        why: what it stands for.
        weight: price of one unit; where each subject has a price of its own, the units are priced already and it is 1.
    """

    name: str
    why: str
    weight: Callable[[Weights], int]
    units: Callable[[PlanView], Iterator[Breach]]


def distance(view: PlanView) -> Iterator[Breach]:
    """Every unit of distance of every route."""
    for tour in view.tours:
        yield Breach(tour.subject, tour.distance, f"The route is {tour.distance} long.")


def travel(view: PlanView) -> Iterator[Breach]:
    """Every unit of time on the way."""
    for tour in view.tours:
        yield Breach(tour.subject, tour.travel, f"Travels for {tour.travel}.")


def lateness(view: PlanView) -> Iterator[Breach]:
    """Every unit of time after the window, by priority, at each seat."""
    for key, late, priority in _late(view):
        yield Breach(key, late * priority, f"Starts {late} after its window.")


def worst_lateness(view: PlanView) -> Iterator[Breach]:
    """The largest lateness of the plan, once."""
    key, late, _ = max(_late(view), key=lambda part: part[1], default=("", 0, 0))
    if late:
        yield Breach(key, late, f"The latest start of all, {late} after its window.")


def overtime(view: PlanView) -> Iterator[Breach]:
    """Every unit of time after the end of the shift, at the technician's price."""
    for tour in view.tours:
        over = tour.end - tour.shift.end
        if over > 0:
            yield Breach(tour.subject, over * tour.technician.overtime_price, f"Ends {over} after the shift.")


def unserved(view: PlanView) -> Iterator[Breach]:
    """The value of every optional visit left out."""
    served = view.plan.served()
    for visit in view.problem.visits:
        if visit.value is not None and visit.key not in served:
            yield Breach(visit.key, visit.value, "Is not served.")


def preference(view: PlanView) -> Iterator[Breach]:
    """Every seat of a visit with preferred technicians that none of them takes."""
    for tour in view.tours:
        for call in tour.calls:
            if call.visit.preferred and tour.technician.key not in call.visit.preferred:
                yield Breach(call.visit.key, 1, f"Technician {tour.technician.key} is not a preferred one.")


def fairness(view: PlanView) -> Iterator[Breach]:
    """Every unit of work that a route has above the mean of the routes in use, rounded down."""
    work = [tour.work for tour in view.tours if tour.calls]
    mean = sum(work) // len(work) if work else 0
    for tour in view.tours:
        if tour.work > mean:
            yield Breach(tour.subject, tour.work - mean, f"Works {tour.work}, the mean is {mean}.")


def technician(view: PlanView) -> Iterator[Breach]:
    """Every route in use."""
    for tour in view.tours:
        if tour.calls:
            yield Breach(tour.subject, 1, "The shift is in use.")


def _late(view: PlanView) -> Iterator[tuple[str, int, int]]:
    """Key, lateness and priority at each seat."""
    for tour in view.tours:
        for call in tour.calls:
            late = call.visit.lateness(call.stop.start)
            if late:
                yield call.visit.key, late, call.visit.priority


SOFT_COSTS: tuple[SoftCost, ...] = (
    SoftCost("distance", "Fuel and wear.", lambda weights: weights.distance, distance),
    SoftCost("travel", "Time on the way serves nobody.", lambda weights: weights.travel, travel),
    SoftCost("lateness", "A customer waits.", lambda weights: weights.lateness, lateness),
    SoftCost("worst_lateness", "No customer waits very long.", lambda weights: weights.worst_lateness, worst_lateness),
    SoftCost("overtime", "Work after hours is paid dearer.", lambda _: 1, overtime),
    SoftCost("unserved", "What is not served earns nothing.", lambda _: 1, unserved),
    SoftCost("preference", "A known face.", lambda weights: weights.preference, preference),
    SoftCost("fairness", "Work is spread.", lambda weights: weights.fairness, fairness),
    SoftCost("technician", "One more person on the road has a price.", lambda weights: weights.technician, technician),
)
