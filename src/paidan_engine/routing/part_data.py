"""A part of a PyVRP problem as a problem of its own: some clients, some routes' vehicles, and a few spare ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import Client, ProblemData

from paidan_engine.routing.pyvrp_search import Sequences

SPARE = 2
"""Unused vehicles of each type that a part may put to use."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and what its numbers mean in the whole."""

    data: ProblemData
    clients: tuple[int, ...]
    kinds: tuple[int, ...]

    def inward(self, routes: Sequences) -> Sequences:
        """Routes of the whole in the part's numbers."""
        client = {whole: number for number, whole in enumerate(self.clients)}
        kind = {whole: number for number, whole in enumerate(self.kinds)}
        return [(kind[of], tuple(client[c] for c in clients)) for of, clients in routes]

    def outward(self, routes: Sequences) -> Sequences:
        """Routes of the part in the whole's numbers."""
        return [(self.kinds[of], tuple(self.clients[c] for c in clients)) for of, clients in routes]


def part_of(data: ProblemData, clients: Sequence[int], used: Counter[int], spare: Counter[int]) -> Part:
    """The part with these clients, the vehicles in use by type, and the ones to spare."""
    depots = data.num_depots
    rows = np.array([*range(depots), *(depots + client for client in clients)])
    kinds = sorted(used | Counter({kind: 1 for kind, number in spare.items() if number > 0}))
    vehicles = [data.vehicle_type(kind).replace(num_available=used[kind] + min(SPARE, spare[kind])) for kind in kinds]
    part = ProblemData(
        data.locations()[: len(rows)],
        [_moved(data.client(client), depots + number) for number, client in enumerate(clients)],
        data.depots(),
        vehicles,
        [_cut(matrix, rows) for matrix in data.distance_matrices()],
        [_cut(matrix, rows) for matrix in data.duration_matrices()],
    )
    return Part(part, tuple(clients), tuple(kinds))


def _cut(matrix: Any, rows: Any) -> Any:
    """These rows and columns of a matrix; PyVRP's own types of matrices say too little to check by."""
    return np.ascontiguousarray(matrix[np.ix_(rows, rows)])


def _moved(client: Client, location: int) -> Client:
    return Client(
        location,
        delivery=client.delivery,
        service_duration=client.service_duration,
        tw_early=client.tw_early,
        tw_late=client.tw_late,
        prize=client.prize,
        required=client.required,
    )
