"""Compiles the loops that plan day routes, so that nobody who plans one has to wait for it."""

import numpy as np

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate import ruin_recreate
from paidan_engine.routing.stop import Steps
from paidan_engine.routing.technicians import Shift, Technician
from paidan_engine.routing.visits import Seat, Visit


def load() -> None:
    """Plan a small day from nothing and once more from its plan: that calls everything there is to compile."""
    away = np.zeros((2, 2), dtype=np.int64)
    day = RouteProblem(
        visits=(Visit("v", 1, ((0, 9),), (Seat(1),)),),
        technicians=(Technician("t", (Shift(0, 9, 0, 0),)),),
        distances=away,
        travel_times=away.copy(),
    )
    plan = ruin_recreate(day, Steps(1)).plan
    ruin_recreate(day, None, start=plan)


if __name__ == "__main__":
    load()
