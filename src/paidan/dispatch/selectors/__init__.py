"""Reads of dispatch: the hall, the candidates for a visit, and why a decision fell."""

from __future__ import annotations

from paidan.dispatch.selectors.candidates import Candidate, RuleVerdict, candidates_for, rule_verdict
from paidan.dispatch.selectors.decisions import (
    CandidateLine,
    DecisionRow,
    DecisionStory,
    DecisionView,
    decision_view,
    decisions_for,
    decisions_recent,
    rule_sentence,
    stories_for,
)
from paidan.dispatch.selectors.hall import OfferCard, hall_for
from paidan.dispatch.selectors.load import TerritoryLoad, territory_loads

__all__ = [
    "Candidate",
    "CandidateLine",
    "DecisionRow",
    "DecisionStory",
    "DecisionView",
    "OfferCard",
    "RuleVerdict",
    "TerritoryLoad",
    "candidates_for",
    "decision_view",
    "decisions_for",
    "decisions_recent",
    "hall_for",
    "rule_sentence",
    "rule_verdict",
    "stories_for",
    "territory_loads",
]
