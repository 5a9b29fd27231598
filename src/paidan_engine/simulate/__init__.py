"""Whole days, event by event, under any policy: the same customers and the same luck for each of them."""

from paidan_engine.simulate.batch import Batch, PositionValue, Weights
from paidan_engine.simulate.board import Board, Pairs
from paidan_engine.simulate.compare import Interval, paired_interval
from paidan_engine.simulate.day import Customers, Day, Technicians, day_of
from paidan_engine.simulate.history import History, Policy, Trip
from paidan_engine.simulate.policies import Grab, NearestFirst, ShortestWayFirst
from paidan_engine.simulate.run import simulate
from paidan_engine.simulate.scenario import Scenario, scenario_of
from paidan_engine.simulate.value import Grid, ValueTable, learn

__all__ = [
    "Batch",
    "Board",
    "Customers",
    "Day",
    "Grab",
    "Grid",
    "History",
    "Interval",
    "NearestFirst",
    "Pairs",
    "Policy",
    "PositionValue",
    "Scenario",
    "ShortestWayFirst",
    "Technicians",
    "Trip",
    "ValueTable",
    "Weights",
    "day_of",
    "learn",
    "paired_interval",
    "scenario_of",
    "simulate",
]
