"""The standing plan of a territory: read from the database, changed by the engine, written back in one statement.

Every promise is backed by a plan (DISPATCH §4). The ``PlanDay`` row is its lock: short writers lock the
days concerned, sorted, load, change by insertion, and save what differs.
"""

from __future__ import annotations

from paidan.dispatch.standing_plan.days import LockedDays, PlanScope, days_lock, scope_of
from paidan.dispatch.standing_plan.keys import epoch, hold_key, instant, visit_key
from paidan.dispatch.standing_plan.loading import Book, book_load, dates_book_load, own_book_load
from paidan.dispatch.standing_plan.saving import book_save, facts_save, stop_drop
from paidan.dispatch.standing_plan.stamps import DayStamp, day_stamps

__all__ = [
    "Book",
    "DayStamp",
    "LockedDays",
    "PlanScope",
    "book_load",
    "book_save",
    "dates_book_load",
    "day_stamps",
    "days_lock",
    "epoch",
    "facts_save",
    "hold_key",
    "instant",
    "own_book_load",
    "scope_of",
    "stop_drop",
    "visit_key",
]
