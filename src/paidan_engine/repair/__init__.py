"""Keeping a day plan feasible while bookings come, go and are claimed."""

from paidan_engine.repair.claiming import Displaced, NotPossible, Override, assign_override, claim, remove
from paidan_engine.repair.following import follow, place_before
from paidan_engine.repair.gap_table import GapTable
from paidan_engine.repair.insertion import Insertion, SlotFinder, insertions
from paidan_engine.repair.search import Refusal, fit
from paidan_engine.repair.spare import Spare, spare_of

__all__ = [
    "Displaced",
    "GapTable",
    "Insertion",
    "NotPossible",
    "Override",
    "Refusal",
    "SlotFinder",
    "Spare",
    "assign_override",
    "claim",
    "fit",
    "follow",
    "insertions",
    "place_before",
    "remove",
    "spare_of",
]
