"""Points in an order in which neighbours in the plane are mostly neighbours in memory."""

import numpy as np

from paidan_engine.matching.arcs import Floats, Ints

GRID_BITS = 15


def along_curve(points: Floats) -> Ints:
    """The points' numbers along a Z-shaped curve (Morton 1966)."""
    if not len(points):
        return np.zeros(0, np.int64)
    low = points.min(axis=0)
    width = max(float((points.max(axis=0) - low).max()), 1e-9)
    cell = ((points - low) * ((1 << GRID_BITS) - 1) / width).astype(np.int64)
    return np.argsort(_spread(cell[:, 0]) | (_spread(cell[:, 1]) << 1), kind="stable")


def _spread(value: Ints) -> Ints:
    """The bits of each number with a gap between any two."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = (value | (value << shift)) & mask
    return value
