"""Ruin and recreate: the search for all that the model of a day knows, from any plan and stopped at any time."""

from paidan_engine.routing.ruin_recreate.search import Parameters, Search, SearchResult, ruin_recreate

__all__ = ["Parameters", "Search", "SearchResult", "ruin_recreate"]
