"""Free windows: what the standing plan could still promise (B4, DISPATCH §4).

``grid`` has the windows told to customers, ``days`` the gaps of each day's plan, ``finding`` brings both together;
``rooms`` lets a worker look for room where insertion finds none, ``relaxing`` names what would open a window.
"""

from __future__ import annotations

from paidan.dispatch.slots.finding import Findings, slots_find, slots_free, slots_nearest
from paidan.dispatch.slots.grid import DAY_HOURS, LEAD, LONGEST_DAYS, WINDOW, window_check, windows_between
from paidan.dispatch.slots.need import Need, Slot, need_of, territory_at
from paidan.dispatch.slots.relaxing import Relaxation, RelaxationKind, relaxation_find
from paidan.dispatch.slots.reserve import reserve_allows, spare_of_scope
from paidan.dispatch.slots.rooms import rooms_forget, rooms_search

__all__ = [
    "DAY_HOURS",
    "LEAD",
    "LONGEST_DAYS",
    "WINDOW",
    "Findings",
    "Need",
    "Relaxation",
    "RelaxationKind",
    "Slot",
    "need_of",
    "relaxation_find",
    "reserve_allows",
    "rooms_forget",
    "rooms_search",
    "slots_find",
    "slots_free",
    "slots_nearest",
    "spare_of_scope",
    "territory_at",
    "window_check",
    "windows_between",
]
