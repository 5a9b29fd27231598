"""When a search ends: by time on the processor, by steps, when it no longer gets better, or when somebody asks."""

import time
from collections.abc import Callable
from typing import Protocol

from paidan_engine.errors import InvalidProblem


class Stop(Protocol):
    """What a search asks between its steps."""

    def left(self, steps: int, best: int) -> float:
        """Share of the budget that is left, from 1 at the first call to 0, which ends the search.

        Args:
            steps: taken so far.
            best: cost of the best plan so far.
        """


class Steps:
    """A number of steps; the same seed gives the same answer."""

    def __init__(self, number: int) -> None:
        if number < 1:
            raise InvalidProblem(f"A search cannot take {number} steps.")
        self._number = number

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        return max(0.0, 1 - steps / self._number)


class CpuSeconds:
    """Processor time of this process from ``since`` on, by default from the first question."""

    def __init__(
        self, seconds: float, since: float | None = None, clock: Callable[[], float] = time.process_time
    ) -> None:
        if seconds <= 0:
            raise InvalidProblem(f"A search cannot take {seconds} seconds.")
        self._seconds, self._since, self._clock = seconds, since, clock

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        if self._since is None:
            self._since = self._clock()
        return max(0.0, 1 - (self._clock() - self._since) / self._seconds)


class NoImprovement:
    """A number of steps without a better plan."""

    def __init__(self, steps: int) -> None:
        if steps < 1:
            raise InvalidProblem(f"A search cannot wait for {steps} steps.")
        self._steps = steps
        self._best: int | None = None
        self._since = 0

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        if self._best is None or best < self._best:
            self._best, self._since = best, steps
        return max(0.0, 1 - (steps - self._since) / self._steps)


class Asked:
    """Ends when somebody has asked for it; ``ask`` may be called at any time, also by a signal."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """End at the next step."""
        self._asked = True

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        return 0.0 if self._asked else 1.0


class First:
    """Whichever ends first."""

    def __init__(self, *stops: Stop) -> None:
        self._stops = stops

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        return min(stop.left(steps, best) for stop in self._stops)
