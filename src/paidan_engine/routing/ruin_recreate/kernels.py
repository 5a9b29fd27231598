"""How the inner loops become machine code, and their dice."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from paidan_engine.compiled import compiled, within

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Integers = np.ndarray[Any, np.dtype[np.int64]]
Words = np.ndarray[Any, np.dtype[np.uint64]]

NEVER = 2**60
"""Later than any time and dearer than any plan, with room to add."""

_SHIFTS = (np.uint64(12), np.uint64(25), np.uint64(27), np.uint64(11))
_MULTIPLIER = np.uint64(0x2545F4914F6CDD1D)
_ODD = np.uint64(1)


# Without numba's bookkeeping of memory: the kernels claim none, and counting who holds each array of a tuple would
# take nine tenths of the time.
_BARE = {"nogil": True, "_nrt": False}


def kernel(function: Kernel) -> Kernel:
    """Compile a function that Python calls, at its first call; it may call functions of this folder only."""
    return cast(Kernel, compiled(function, **_BARE))


def inner(function: Kernel) -> Kernel:
    """The same for a function that only kernels call."""
    return cast(Kernel, within(function, **_BARE))


def inline(function: Kernel) -> Kernel:
    """The same for a small inner function, which becomes a part of those that call it.

    A call hands over every array of its arguments by itself, which costs more than such a function does.
    """
    return cast(Kernel, within(function, **_BARE, forceinline=True))


def dice(seed: int) -> Words:
    """A generator's state, shape (1,); different seeds give streams without visible relation."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64) | _ODD


@inline
def chance(state: Words) -> float:
    """The next number in [0, 1): xorshift64* (Vigna 2016, doi 10.1145/2845077)."""
    word = state[0]
    word ^= word >> _SHIFTS[0]
    word ^= word << _SHIFTS[1]
    word ^= word >> _SHIFTS[2]
    state[0] = word
    return float((word * _MULTIPLIER) >> _SHIFTS[3]) / 9007199254740992.0


@inline
def below(state: Words, number: int) -> int:
    """The next whole number from 0 up to, not including, ``number``."""
    return int(chance(state) * number)


@inner
def sort_rows(keys: Integers, order: Integers, number: int) -> None:
    """Bring 0 … number - 1 into ``order`` by ascending keys, equal ones in their own order: Shell's method."""
    for row in range(number):
        order[row] = row
    step = 1
    while step < number:
        step = 3 * step + 1
    while step > 0:
        for row in range(step, number):
            mine = order[row]
            at = row
            while at >= step and later(keys, order[at - step], mine):
                order[at] = order[at - step]
                at -= step
            order[at] = mine
        step //= 3


@inline
def later(keys: Integers, one: int, two: int) -> bool:
    """Whether the first of two rows comes after the second."""
    return keys[one] > keys[two] or (keys[one] == keys[two] and one > two)
