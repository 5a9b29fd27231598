"""Plans many days or matches many batches in this process, and fails when a loop was compiled for one of them.

Run as ``python -m tests.engine.compiled_copies routing|matching``.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher

from paidan_engine.matching import MatchProblem, dense, match
from paidan_engine.matching.loading import load as load_matching
from paidan_engine.routing.loading import load as load_routing
from paidan_engine.routing.ruin_recreate import ruin_recreate
from paidan_engine.routing.stop import Steps
from tests.engine.batches import batches
from tests.engine.random_days import a_random_day
from tests.engine.route_problems import a_problem, a_technician


def called_from_python(package: str) -> Iterator[Any]:
    """The compiled functions of a package that Python hands its own arrays to."""
    for name, module in list(sys.modules.items()):
        if name.startswith(package):
            for found in vars(module).values():
                if isinstance(found, Dispatcher) and not {"inline", "no_cpython_wrapper"} & set(found.targetoptions):
                    yield found


def copies(package: str) -> dict[str, int]:
    return {function.__qualname__: len(function.signatures) for function in called_from_python(package)}


@settings(max_examples=25, deadline=None, database=None)
@given(st.integers(0, 2**32))
def no_day_is_compiled_for_anew(seed: int) -> None:
    day = a_random_day(seed)
    ruin_recreate(day, Steps(100), start=ruin_recreate(day, Steps(100)).plan)
    alone = a_problem(technicians=(a_technician("t"),))
    ruin_recreate(alone, Steps(100), start=ruin_recreate(alone, Steps(100)).plan)

    assert set(copies("paidan_engine.routing").values()) == {1}


@settings(max_examples=25, deadline=None, database=None)
@given(batches())
def no_batch_is_compiled_for_anew(problem: MatchProblem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "MOST_CELLS", -1)
        match(problem)

    assert set(copies("paidan_engine.matching").values()) == {1}


def days_are_planned() -> None:
    load_routing()
    assert set(copies("paidan_engine.routing").values()) == {1}
    no_day_is_compiled_for_anew()


def batches_are_matched() -> None:
    load_matching()
    no_batch_is_compiled_for_anew()


if __name__ == "__main__":
    {"routing": days_are_planned, "matching": batches_are_matched}[sys.argv[1]]()
