"""Randomness by number: the same draw for the same seed, purpose and ids, whatever was drawn before.

A counter-based stream (Salmon et al., SC 2011, doi 10.1145/2063384.2063405) with the finaliser of SplitMix64 (Steele,
Lea and Flood, OOPSLA 2014, doi 10.1145/2660193.2660195). Whatever a policy does, a pair's luck stays what it was, so
that two policies differ by what they decide and by nothing else (common random numbers).
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_WEYL = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Stream(IntEnum):
    """What a draw is for; each purpose has numbers of its own."""

    TECHNICIANS = 1
    CUSTOMERS = 2
    ACCEPTANCE = 3
    TRAVEL = 4
    HALL = 5
    RESAMPLING = 6


def uniforms(seed: int, stream: Stream, first: Ints, second: Ints) -> Floats:
    """One number strictly between 0 and 1 for each pair of ids."""
    state = np.full(len(first), seed, np.uint64)
    for word in (np.uint64(stream), first.astype(np.uint64), second.astype(np.uint64)):
        state = _mixed((state ^ word) + _WEYL)
    found: Floats = ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return found


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """A sequence of draws for what does not depend on any policy."""
    return np.random.Generator(np.random.Philox(key=[seed, int(stream)]))


def _mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
