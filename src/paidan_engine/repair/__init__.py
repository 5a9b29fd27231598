"""Keeping a day plan feasible while bookings come, go and are claimed."""

from paidan_engine.repair.claiming import Displaced, NotPossible, Override, assign_override, claim, remove
from paidan_engine.repair.following import follow, place_before
from paidan_engine.repair.insertion import Insertion, SlotFinder, insertions
from paidan_engine.repair.search import Refusal, fit

__all__ = [
    "Displaced",
    "Insertion",
    "NotPossible",
    "Override",
    "Refusal",
    "SlotFinder",
    "assign_override",
    "claim",
    "fit",
    "follow",
    "insertions",
    "place_before",
    "remove",
]
