"""Prices that prove an assignment optimal, by shortest paths in the residual graph.

The price of a technician is what one more task there would cost everybody (a shortest path to the sink), the price
of a task the cheapest way to serve it or let it wait; a dense assignment comes without them. Paths are hundreds of
moves long, so instead of Bellman and Ford's one move a round we improve a whole tree of next moves at a time and
add up its paths by pointer doubling (policy iteration, Howard 1960).
"""

import numpy as np

from paidan_engine.matching.arcs import UNREACHED, Arcs, Assigned, Ints, Prices

WAITS = -1
TAKEN = -1


def prices(arcs: Arcs, assigned: Assigned) -> Prices | None:
    """The largest prices that fit the assignment, or None when it is not optimal over these arcs."""
    moves = _Moves(arcs, assigned)
    for _ in range(arcs.tasks + arcs.technicians + 1):
        changed = moves.improve()
        if not changed:
            found = Prices(moves.task, moves.technician)
            return found if _fits(arcs, assigned, found) else None
        if not moves.add_up():
            return None
    return None


class _Moves:
    """For each task its next move: wait, or go to a technician, who takes it on or sends a present task away."""

    def __init__(self, arcs: Arcs, assigned: Assigned) -> None:
        self.arcs = arcs
        self.served = np.flatnonzero(assigned.arc >= 0)
        used = assigned.arc[self.served]
        self.place, self.paid = arcs.technician[used], arcs.cost[used]
        self.room = next_load_price(arcs, assigned)
        self.groups, self.starts = np.unique(arcs.task, return_index=True)
        self.arc = np.full(arcs.tasks, WAITS)
        self.sent = np.full(arcs.technicians, TAKEN)  # index into ``served``
        self.task = arcs.waiting.copy()
        self.technician = self.room.copy()

    def improve(self) -> bool:
        """Change every move for which another is strictly cheaper at present values; False when there is none."""
        away = self.task[self.served] - self.paid
        order = np.lexsort((away, self.place))
        first = order[np.append(True, np.diff(self.place[order]) > 0)] if len(order) else order
        better = first[away[first] < self.technician[self.place[first]]]
        self.sent[self.place[better]] = better
        self.technician[self.place[better]] = away[better]
        ways = self.arcs.cost + self.technician[self.arcs.technician]
        least = self.arcs.waiting.copy()
        if len(self.groups):
            least[self.groups] = np.minimum.reduceat(ways, self.starts)
        improved = least < self.task
        arcs = np.flatnonzero(improved[self.arcs.task] & (ways == least[self.arcs.task]))
        self.arc[self.arcs.task[arcs]] = arcs
        return bool(len(better) or improved.any())

    def add_up(self) -> bool:
        """Value of every task and technician along the present moves; False when they go round in a circle."""
        goes = np.flatnonzero(self.arc != WAITS)
        arc = self.arc[goes]
        person = self.arcs.technician[arc]
        sent = self.sent[person]
        end = self.arcs.tasks
        onward = np.full(end + 1, end)
        value = np.append(self.arcs.waiting, 0)
        taken = sent == TAKEN
        onward[goes[~taken]] = self.served[sent[~taken]]
        value[goes] = self.arcs.cost[arc] + np.where(taken, self.room[person], -self.paid[sent])
        for _ in range(end.bit_length() + 1):
            value += value[onward]
            onward = onward[onward]
        self.task = value[:end]
        busy = np.flatnonzero(self.sent != TAKEN)
        self.technician[busy] = self.task[self.served[self.sent[busy]]] - self.paid[self.sent[busy]]
        return bool((onward == end).all())


def next_load_price(arcs: Arcs, assigned: Assigned) -> Ints:
    """The load price of one more task of each technician, ``UNREACHED`` when there is no room."""
    found = np.full(arcs.technicians, UNREACHED)
    room = np.flatnonzero(assigned.load < arcs.capacity)
    found[room] = arcs.load_price(room, assigned.load[room])
    return found


def _fits(arcs: Arcs, assigned: Assigned, found: Prices) -> bool:
    """Complementary slackness: what is used costs exactly its price, and no used load slot is above it."""
    served = assigned.arc >= 0
    used = assigned.arc[served]
    exact = found.task[served] == arcs.cost[used] + found.technician[arcs.technician[used]]
    waits = found.task[~served] == arcs.waiting[~served]
    busy = np.flatnonzero(assigned.load)
    last = arcs.load_price(busy, assigned.load[busy] - 1)
    return bool(exact.all() and waits.all() and (found.technician[busy] >= last).all())
