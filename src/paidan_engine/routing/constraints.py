"""The hard rules of a route plan, as a list to read.

Each says where it is broken and by how much. The searches keep the rules by arithmetic of their own and never come
here, so that this list can judge them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from paidan_engine.routing.view import Call, PlanView, Tour


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule is broken or a soft cost arises.

    Attributes:
        subject: key of the visit, or technician/shift.
        amount: by how much, in the unit the rule speaks of.
    """

    subject: str
    amount: int
    sentence: str


@dataclass(frozen=True, slots=True)
class HardRule:
    """A rule that no plan may break.

    Attributes:
        name: stable, for records and translations.
        why: what the rule protects.
    """

    name: str
    why: str
    breaches: Callable[[PlanView], Iterator[Breach]]


def crew_complete(view: PlanView) -> Iterator[Breach]:
    """Each seat of a served visit is taken exactly once."""
    taken = Counter((call.visit.key, call.stop.seat) for tour in view.tours for call in tour.calls)
    served = {key for key, _ in taken}
    for visit in view.problem.visits:
        for seat in range(len(visit.seats)) if visit.key in served else ():
            if (times := taken[visit.key, seat]) != 1:
                yield Breach(visit.key, abs(times - 1), f"Seat {seat} is taken {times} times.")


def required(view: PlanView) -> Iterator[Breach]:
    """A visit without a value is served."""
    served = view.plan.served()
    for visit in view.problem.visits:
        if visit.value is None and visit.key not in served:
            yield Breach(visit.key, 1, "The visit must be served and is not.")


def one_route_per_shift(view: PlanView) -> Iterator[Breach]:
    """A shift is served by one route."""
    for subject, times in Counter(tour.subject for tour in view.tours).items():
        if times > 1:
            yield Breach(subject, times - 1, f"The shift has {times} routes.")


def skill(view: PlanView) -> Iterator[Breach]:
    """Every skill a seat needs is held."""
    for tour, call in _calls(view):
        for name in call.visit.seats[call.stop.seat].skills:
            if name not in tour.technician.skills:
                yield Breach(call.visit.key, 1, f"Technician {tour.technician.key} lacks skill {name}.")


def level(view: PlanView) -> Iterator[Breach]:
    """A skill that is held is held at the needed level."""
    for tour, call in _calls(view):
        for name, need in call.visit.seats[call.stop.seat].skills.items():
            held = tour.technician.skills.get(name, need)
            if held < need:
                sentence = f"Technician {tour.technician.key} holds skill {name} at level {held}, needed is {need}."
                yield Breach(call.visit.key, need - held, sentence)


def excluded(view: PlanView) -> Iterator[Breach]:
    """Nobody serves a visit that excludes him."""
    for tour, call in _calls(view):
        if tour.technician.key in call.visit.excluded:
            yield Breach(call.visit.key, 1, f"Technician {tour.technician.key} is excluded.")


def window(view: PlanView) -> Iterator[Breach]:
    """Work of each seat starts in a window, or as late after one as the visit allows."""
    for _, call in _calls(view):
        if call.visit.lateness(call.stop.start) is None:
            yield Breach(call.visit.key, 1, f"Starts at {call.stop.start}, outside its windows.")


def reachable(view: PlanView) -> Iterator[Breach]:
    """There is time for the journey between one work and the next."""
    for tour, call in _calls(view):
        missing = call.free + call.rest + call.travel - call.stop.start
        if missing > 0:
            yield Breach(
                call.visit.key, missing, f"Technician {tour.technician.key} arrives {missing} after the start."
            )


def shift_end(view: PlanView) -> Iterator[Breach]:
    """The way home ends with the shift or within its overtime."""
    for tour in view.tours:
        beyond = tour.end - tour.shift.end - tour.shift.overtime
        if beyond > 0:
            yield Breach(tour.subject, beyond, f"Ends at {tour.end}, {beyond} after the latest end of the shift.")


def break_taken(view: PlanView) -> Iterator[Breach]:
    """Each break of a shift in use starts in its span and overlaps no work."""
    for tour in view.tours:
        rests, starts = tour.shift.breaks, tour.route.breaks
        if len(rests) != len(starts):
            yield Breach(tour.subject, abs(len(rests) - len(starts)), f"{len(starts)} breaks, not {len(rests)}.")
        for rest, start in zip(rests, starts, strict=False):
            busy = any(start < call.end and call.stop.start < start + rest.duration for call in tour.calls)
            if busy or not rest.earliest <= start <= rest.latest:
                yield Breach(tour.subject, 1, f"The break at {start} lies outside its span or in the midst of work.")


def load_cap(view: PlanView) -> Iterator[Breach]:
    """The load of a route is within the cap of its shift."""
    for tour in view.tours:
        load = sum(call.visit.load for call in tour.calls)
        if load > tour.shift.load_cap:
            excess = load - tour.shift.load_cap
            yield Breach(tour.subject, excess, f"The load is {load}, the cap {tour.shift.load_cap}.")


def crew_gap(view: PlanView) -> Iterator[Breach]:
    """The second seat starts within the gap after the first."""
    for key, pair in _pairs(view):
        (_, first), (_, second) = pair
        least, most = first.visit.gap
        gap = second.stop.start - first.stop.start
        off = max(least - gap, gap - most)
        if off > 0:
            yield Breach(key, off, f"The second seat starts {gap} after the first, allowed is {least} to {most}.")


def crew_of_two(view: PlanView) -> Iterator[Breach]:
    """Two seats are two people."""
    for key, pair in _pairs(view):
        if pair[0][0].technician.key == pair[1][0].technician.key:
            yield Breach(key, 1, f"Technician {pair[0][0].technician.key} has both seats.")


def locked_technician(view: PlanView) -> Iterator[Breach]:
    """A locked seat is taken by whom it is locked to."""
    for tour, call in _calls(view):
        locked = call.visit.seats[call.stop.seat].technician
        if locked is not None and locked != tour.technician.key:
            yield Breach(call.visit.key, 1, f"Served by {tour.technician.key}, locked to {locked}.")


def locked_start(view: PlanView) -> Iterator[Breach]:
    """A locked start is kept to the unit of time."""
    for _, call in _calls(view):
        if call.visit.start is not None and call.stop.seat == 0 and call.stop.start != call.visit.start:
            off = abs(call.stop.start - call.visit.start)
            yield Breach(call.visit.key, off, f"Starts at {call.stop.start}, locked to {call.visit.start}.")


def locked_sequence(view: PlanView) -> Iterator[Breach]:
    """A visit locked behind another follows it directly."""
    for tour in view.tours:
        before: str | None = None
        for call in tour.calls:
            locked = call.visit.after
            if locked is not None and call.stop.seat == 0 and locked != before:
                yield Breach(call.visit.key, 1, f"Must follow {locked} directly.")
            before = call.visit.key


def _calls(view: PlanView) -> Iterator[tuple[Tour, Call]]:
    for tour in view.tours:
        for call in tour.calls:
            yield tour, call


def _pairs(view: PlanView) -> Iterator[tuple[str, list[tuple[Tour, Call]]]]:
    """Complete crews of two, first seat first."""
    for key, calls in view.calls().items():
        pair = sorted(calls, key=lambda part: part[1].stop.seat)
        if [call.stop.seat for _, call in pair] == [0, 1]:
            yield key, pair


HARD_RULES: tuple[HardRule, ...] = (
    HardRule("crew_complete", "Half a crew cannot do the work.", crew_complete),
    HardRule("required", "What is promised is done.", required),
    HardRule("one_route_per_shift", "Nobody is in two places.", one_route_per_shift),
    HardRule("skill", "The work is done by who can do it.", skill),
    HardRule("level", "The work is done by who can do it well enough.", level),
    HardRule("excluded", "A customer or case has refused this person.", excluded),
    HardRule("window", "The customer waits at the promised time only.", window),
    HardRule("reachable", "Nobody flies.", reachable),
    HardRule("shift_end", "People go home.", shift_end),
    HardRule("break_taken", "People rest.", break_taken),
    HardRule("load_cap", "A van, and a person, hold only so much.", load_cap),
    HardRule("crew_gap", "The second pair of hands comes when it is needed.", crew_gap),
    HardRule("crew_of_two", "Two seats need two people.", crew_of_two),
    HardRule("locked_technician", "A dispatcher has decided who.", locked_technician),
    HardRule("locked_start", "A dispatcher has decided when.", locked_start),
    HardRule("locked_sequence", "A dispatcher has decided what follows what.", locked_sequence),
)
