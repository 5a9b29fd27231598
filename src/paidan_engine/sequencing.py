"""Exact orders of a few tasks on one shift, by dynamic programming over (set served, last served).

For a set and a last task only the earliest end matters: being free sooner is never worse for what follows
(Held and Karp 1962 with time windows, as in Dumas et al. 1995). No assumption about travel times is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paidan_engine.problem import Shift, Task
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import Head, earliest_start, leg_seconds, route_head, timed_route
from paidan_engine.travel import Travel

Labels = dict[tuple[int, int], tuple[int, int]]  # (set, last) -> (earliest end, last but one)


class EffortSpent(Exception):
    """The search was stopped before it could tell."""


class Effort:
    """How many steps a search may still take; counted, not timed, so that the answer does not depend on the clock."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def spend(self, steps: int = 1) -> None:
        """Take steps.

        Raises:
            EffortSpent: none are left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise EffortSpent

    def part(self, steps: int) -> "Effort":
        """At most so many of the steps, set aside for a part of the search; give back what is left of them."""
        part = Effort(min(steps, max(self.steps, 0)))
        self.steps -= part.steps
        return part

    def give_back(self, part: "Effort") -> None:
        """Take over what a part has not used."""
        self.steps += max(part.steps, 0)


@dataclass(frozen=True, slots=True)
class Sequencer:
    """Orders in which tasks can follow the head of a route."""

    shift: Shift
    head: Head
    tasks: tuple[Task, ...]
    travel: Travel

    def labels(self, effort: Effort, *, all_needed: bool = False) -> Labels:
        """Earliest end of each feasible (set, last).

        With ``all_needed`` labels that can no longer reach the full set are dropped.

        Raises:
            EffortSpent: more labels than allowed.
        """
        labels: Labels = {}
        layer: dict[tuple[int, int], int] = {(0, -1): self.head.ready}
        for _ in self.tasks:
            following: dict[tuple[int, int], int] = {}
            for (served, last), ready in layer.items():
                steps = self._steps(served, last, ready)
                effort.spend(1 + len(self.tasks) // 4)
                if all_needed and self._lost(served, ready):
                    continue
                for index, end in steps:
                    state = (served | 1 << index, index)
                    if end < following.get(state, end + 1):
                        following[state] = end
                        labels[state] = (end, last)
            layer = following
        return labels

    def _steps(self, served: int, last: int, ready: int) -> list[tuple[int, int]]:
        place = self.tasks[last].place if last >= 0 else self.head.place
        steps = []
        for index, task in enumerate(self.tasks):
            if served >> index & 1:
                continue
            leg = leg_seconds(self.travel, place, task.place)
            start = earliest_start(task, self.shift, ready, leg)
            if start is not None:
                steps.append((index, start + task.duration))
        return steps

    def _lost(self, served: int, ready: int) -> bool:
        """Some task not served yet can no longer start in time, whatever the travel."""
        return any(ready > task.latest for index, task in enumerate(self.tasks) if not served >> index & 1)

    def order(self, labels: Labels, served: int) -> tuple[int, ...] | None:
        """Indices of a set of tasks in the order that ends first, or None when no order is feasible."""
        if not served:
            return ()
        ends = [(labels[served, last][0], last) for last in range(len(self.tasks)) if (served, last) in labels]
        if not ends:
            return None
        last = min(ends)[1]
        order = []
        while last >= 0:
            order.append(last)
            served, last = served & ~(1 << last), labels[served, last][1]
        return tuple(reversed(order))


def best_order(route: Route, stops: Sequence[Stop], travel: Travel, now: int, effort: Effort) -> Route | None:
    """The head of ``route`` followed by all these stops in the order that ends first; None when there is none.

    Raises:
        EffortSpent: too many stops for the steps allowed.
    """
    head = route_head(route, now)
    sequencer = Sequencer(route.shift, head, tuple(stop.task for stop in stops), travel)
    labels = sequencer.labels(effort, all_needed=True)
    order = sequencer.order(labels, (1 << len(stops)) - 1)
    if order is None:
        return None
    return timed_route(route.shift, head, [stops[index] for index in order], travel)
