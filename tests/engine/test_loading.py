"""What is compiled beforehand is all that planning calls, whatever a batch or a day looks like."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher

from paidan_engine.matching import dense, match
from paidan_engine.matching.loading import load as load_matching
from paidan_engine.routing.loading import load as load_routing
from paidan_engine.routing.ruin_recreate import ruin_recreate
from paidan_engine.routing.stop import Steps
from tests.engine.batches import batches
from tests.engine.random_days import a_random_day
from tests.engine.route_problems import a_problem, a_technician

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here


def called_from_python(package: str) -> Iterator[Any]:
    """The compiled functions of a package that Python hands its own arrays to."""
    for name, module in list(sys.modules.items()):
        if name.startswith(package):
            for found in vars(module).values():
                if isinstance(found, Dispatcher) and not {"inline", "no_cpython_wrapper"} & set(found.targetoptions):
                    yield found


def copies(package: str) -> dict[str, int]:
    return {function.__qualname__: len(function.signatures) for function in called_from_python(package)}


def test_every_loop_of_a_day_is_compiled_beforehand() -> None:
    load_routing()

    assert set(copies("paidan_engine.routing").values()) == {1}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_no_day_is_compiled_for_anew(seed: int) -> None:
    load_routing()

    day = a_random_day(seed)
    ruin_recreate(day, Steps(100), start=ruin_recreate(day, Steps(100)).plan)
    alone = a_problem(technicians=(a_technician("t"),))
    ruin_recreate(alone, Steps(100), start=ruin_recreate(alone, Steps(100)).plan)

    assert set(copies("paidan_engine.routing").values()) == {1}


@settings(max_examples=25, deadline=None)
@given(batches())
def test_no_batch_is_compiled_for_anew(problem) -> None:
    load_matching()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "MOST_CELLS", -1)
        match(problem)

    assert set(copies("paidan_engine.matching").values()) == {1}
