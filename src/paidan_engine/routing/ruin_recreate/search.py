"""The search: ruin and recreate from a given plan or from nothing, until it is told to stop."""

import time
from dataclasses import dataclass

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate.annealing import BEST, CURRENT, anneal, copy
from paidan_engine.routing.ruin_recreate.chain import total_cost
from paidan_engine.routing.ruin_recreate.compiling import REQUIRED, Fees, compile_day, empty_desk, empty_rounds
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.kernels import dice
from paidan_engine.routing.ruin_recreate.plans import decode, encode
from paidan_engine.routing.ruin_recreate.recreate import recreate
from paidan_engine.routing.ruin_recreate.ruin import pick_unserved
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.stop import Stop

CHUNK = 100
"""Steps between two questions whether to stop."""

DEARER, CHEAPER = 20, 20
"""By what part the price of a broken promise rises and falls between two questions."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How the search moves.

    Attributes:
        size: visits that a step takes out on average.
        hot: first temperature, as a share of the mean price of a leg; lower keeps closer to the plan it starts from.
        cold: last temperature, the same.
        blink: chance to overlook a place.
    """

    size: int = 10
    hot: float = 0.5
    cold: float = 0.005
    blink: float = 0.01

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InvalidProblem(f"A step of the search must take out at least 1 visit, not {self.size}.")
        if not 0 < self.cold <= self.hot:
            raise InvalidProblem(f"The temperatures must fall and stay above 0, not go from {self.hot} to {self.cold}.")
        if not 0 <= self.blink < 1:
            raise InvalidProblem(f"The chance to overlook a place must be from 0 to below 1, not {self.blink}.")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        plan: the best plan; it keeps every hard rule but ``required`` when it is not complete.
        cost: the search's own price of the plan, with the further fees it was given; ``verify`` prices without them.
        complete: every visit that must be served is served.
    """

    plan: RoutePlan
    cost: int
    complete: bool
    steps: int
    cpu_seconds: float


def ruin_recreate(
    problem: RouteProblem,
    stop: Stop | None,
    seed: int = 0,
    *,
    start: RoutePlan | None = None,
    fees: Fees | None = None,
    parameters: Parameters | None = None,
) -> SearchResult:
    """Search for a cheap plan of a day, with all that the model knows: crews, breaks, windows, locks, lateness.

    Args:
        stop: when to end; None places what the start leaves out, and searches no further.
        start: a plan to start from; what it cannot keep is placed anew.
        fees: further prices of a technician at a visit.
    """
    began = time.process_time()
    search = Search(compile_day(problem, fees), seed, parameters or Parameters())
    search.begin(empty_rounds(search.day) if start is None else encode(problem, search.day, search.desk, start))
    steps = 0 if stop is None else search.run(stop)
    return SearchResult(
        plan=decode(problem, search.day, search.best),
        cost=search.cost,
        complete=search.cost < REQUIRED,
        steps=steps,
        cpu_seconds=time.process_time() - began,
    )


class Search:
    """The state of one search; ``best`` may be read between two runs."""

    def __init__(self, day: Day, seed: int, parameters: Parameters) -> None:
        self.day = day
        self.desk: Desk = empty_desk(day)
        self._parameters = parameters
        self._rng = dice(seed)
        self._plans = (empty_rounds(day), empty_rounds(day), empty_rounds(day))
        self._costs = np.zeros(2, dtype=np.int64)
        self._anything = len(day.first) > 0 and len(day.person) > 0

    @property
    def best(self) -> Rounds:
        """The best plan so far."""
        return self._plans[BEST]

    @property
    def cost(self) -> int:
        """Its cost."""
        return int(self._costs[BEST])

    def begin(self, rounds: Rounds) -> None:
        """Take a plan and place what it leaves out."""
        if self._anything:
            pick_unserved(self.day, rounds, self.desk)
            recreate(self.day, rounds, self.desk, self._rng, 0.0)
        self._costs[:] = total_cost(self.day, rounds)
        for plan in self._plans:
            copy(rounds, plan)

    @property
    def strangers(self) -> int:
        """Seats of the best plan with somebody else than was promised."""
        return int(self.best.strangers[0])

    def price_promises(self, price: int, most_strangers: int | None = None) -> None:
        """Go on from the best plan with this price of a seat with somebody else than was promised.

        Args:
            most_strangers: so many such seats, or those there are already, are the most that a best plan may have. On
                the way to it there may be more, at a price that rises with time while there are too many.
        """
        most = len(self.day.visit) if most_strangers is None else max(most_strangers, self.strangers)
        self.day = self.day._replace(stranger_worth=price, most_strangers=most)
        self._ask(price)
        copy(self.best, self._plans[CURRENT])
        self._costs[:] = total_cost(self.day, self.best)

    def _ask(self, price: int) -> None:
        """Search on with this price of a broken promise."""
        self.day = self.day._replace(stranger_price=price)
        self._costs[CURRENT] = total_cost(self.day, self._plans[CURRENT])

    def _weigh_promises(self) -> None:
        """Ask more for a broken promise while there are too many, and less again while there are not."""
        price = self.day.stranger_price
        if self._plans[CURRENT].strangers[0] > self.day.most_strangers:
            self._ask(price + price // DEARER + 1)
        elif price > self.day.stranger_worth:
            self._ask(max(self.day.stranger_worth, price - price // CHEAPER - 1))

    def run(self, stop: Stop) -> int:
        """Search until told to stop; returns the steps taken."""
        steps, leg = 0, self.leg
        hot, cold = self._parameters.hot * leg, self._parameters.cold * leg
        while self._anything and (left := stop.left(steps, self.cost)) > 0:
            temperature = hot * (cold / hot) ** (1 - left)
            size, blink = self._parameters.size, self._parameters.blink
            self._weigh_promises()
            anneal(self.day, self._plans, self._costs, self.desk, self._rng, CHUNK, temperature, size, blink)
            steps += CHUNK
        return steps

    @property
    def leg(self) -> int:
        """Mean price of the journey to one of the nearest visits, at least 1."""
        places = self.day.place[self.day.first]
        near = self.day.near[:, 1:11]
        legs = self.day.leg_cost[0, places[:, None], places[near]] if near.size else np.ones(1)
        return max(1, round(float(legs.mean())))
