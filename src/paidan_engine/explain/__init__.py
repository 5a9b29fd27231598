"""Why a task went to whom it went: in a match, or in the plan of a day."""

from paidan_engine.explain.match import CandidateView, Explanation, Flip, explain
from paidan_engine.explain.route import RouteExplanation, RouteView, explain_route

__all__ = ["CandidateView", "Explanation", "Flip", "RouteExplanation", "RouteView", "explain", "explain_route"]
