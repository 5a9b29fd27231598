"""Recomputes feasibility and cost of the engine's answers from nothing.

It uses the data types only and none of the search's arithmetic, so that a fault there cannot hide itself here.
"""

from paidan_engine.verify.day_plan import DayPlanCheck, verify_day_plan
from paidan_engine.verify.match import verify_answer, verify_match
from paidan_engine.verify.route_plan import RoutePlanCheck, verify_route_plan
from paidan_engine.verify.violation import Violation

__all__ = [
    "DayPlanCheck",
    "RoutePlanCheck",
    "Violation",
    "verify_answer",
    "verify_day_plan",
    "verify_match",
    "verify_route_plan",
]
