"""Loads all that matching needs; the first time on a machine this compiles its loops, which takes some seconds."""

import numpy as np

from paidan_engine.matching.candidates import TREE_WORTH
from paidan_engine.matching.located import Group, Located
from paidan_engine.matching.plane import PlaneBatch, match_plane


def load() -> None:
    """Import the libraries and match a small batch, so that nothing is loaded or compiled later."""
    tasks = np.stack([np.zeros(TREE_WORTH), np.arange(0.0, TREE_WORTH)], axis=1)
    people = np.stack([np.zeros(4), np.arange(4.0)], axis=1)
    everybody = (Group(np.arange(TREE_WORTH), np.arange(4)),)
    waiting, capacity = np.full(TREE_WORTH, 3_000), np.array([1, 1, 2, 3])
    for k in (None, 1):
        match_plane(PlaneBatch(Located(tasks, people), everybody, waiting, capacity), k)


if __name__ == "__main__":
    load()
