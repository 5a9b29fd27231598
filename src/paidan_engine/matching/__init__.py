"""Who gets which open task: a batch of tasks and technicians matched at the least total cost, with a proof."""

from paidan_engine.matching.nearest import nearest
from paidan_engine.matching.problem import (
    Candidate,
    MatchPrices,
    MatchProblem,
    MatchResult,
    MatchTask,
    MatchTechnician,
)
from paidan_engine.matching.solve import match

__all__ = [
    "Candidate",
    "MatchPrices",
    "MatchProblem",
    "MatchResult",
    "MatchTask",
    "MatchTechnician",
    "match",
    "nearest",
]
