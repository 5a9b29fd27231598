"""Two policies on the same days: the difference, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.simulate.streams import Stream, generator

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the 95 % interval of it."""

    mean: float
    low: float
    high: float


def paired_interval(differences: Sequence[float], seed: int = 0) -> Interval:
    """Percentile bootstrap over days of their paired differences (Efron and Tibshirani, 1993, chapter 13).

    Raises:
        InvalidProblem: no day.
    """
    if not differences:
        raise InvalidProblem("There is no day to compare.")
    values = np.array(differences, np.float64)
    drawn = generator(seed, Stream.RESAMPLING).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), (2.5, 97.5))
    return Interval(float(values.mean()), float(low), float(high))
