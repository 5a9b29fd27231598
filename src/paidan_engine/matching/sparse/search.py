"""The book-keeping of one shortest path search: distances, the ways that led there, and a heap of what is next."""

from typing import NamedTuple

import numpy as np

from paidan_engine.compiled import within
from paidan_engine.matching.arcs import UNREACHED, Ints

QUEUED, TOUCHED, BEST, END = range(4)


class Search(NamedTuple):
    """One search after another uses the same memory.

    Attributes:
        distance: of each node, ``UNREACHED`` outside the search; arc: by which it was reached.
        touched: the nodes that were reached, ``mark[TOUCHED]`` of them.
        key, node: the heap, ``mark[QUEUED]`` entries; older entries of a node may still be in it.
        mark: also ``mark[BEST]``, the length of the best path found, and ``mark[END]``, where it ends.
    """

    distance: Ints
    arc: Ints
    touched: Ints
    key: Ints
    node: Ints
    mark: Ints


def new_search(nodes: int, arcs: int) -> Search:
    """Memory for searches among so many nodes; a search looks at each arc at most once."""
    return Search(
        distance=np.full(nodes, UNREACHED),
        arc=np.zeros(nodes, np.int64),
        touched=np.zeros(nodes, np.int64),
        key=np.zeros(arcs + 1, np.int64),
        node=np.zeros(arcs + 1, np.int64),
        mark=np.zeros(4, np.int64),
    )


@within
def begin(search: Search) -> None:
    """Forget the last search."""
    for number in range(search.mark[TOUCHED]):
        search.distance[search.touched[number]] = UNREACHED
    search.mark[QUEUED] = 0
    search.mark[TOUCHED] = 0
    search.mark[BEST] = UNREACHED


@within
def finish(search: Search, distance: int, end: int) -> None:
    """A path of this length ends here; keep it when it is the shortest so far."""
    if distance < search.mark[BEST]:
        search.mark[BEST] = distance
        search.mark[END] = end


@within
def reach(search: Search, node: int, distance: int, arc: int) -> None:
    """The node can be reached at this distance, which is less than before."""
    if search.distance[node] == UNREACHED:
        search.touched[search.mark[TOUCHED]] = node
        search.mark[TOUCHED] += 1
    search.distance[node] = distance
    search.arc[node] = arc


@within
def queue(search: Search, node: int, distance: int) -> None:
    """Look at the node when its turn comes."""
    place = search.mark[QUEUED]
    search.mark[QUEUED] += 1
    while place > 0:
        parent = (place - 1) >> 1
        if search.key[parent] <= distance:
            break
        search.key[place] = search.key[parent]
        search.node[place] = search.node[parent]
        place = parent
    search.key[place] = distance
    search.node[place] = node


@within
def nearest(search: Search) -> int:
    """The next node closer than the best end, −1 when there is none."""
    while search.mark[QUEUED] > 0 and search.key[0] < search.mark[BEST]:
        key, node = search.key[0], search.node[0]
        _remove_first(search)
        if key == search.distance[node]:
            return int(node)
    return -1


@within
def _remove_first(search: Search) -> None:
    size = search.mark[QUEUED] - 1
    search.mark[QUEUED] = size
    key, node = search.key[size], search.node[size]
    place, child = 0, 1
    while child < size:
        if child + 1 < size and search.key[child + 1] < search.key[child]:
            child += 1
        if search.key[child] >= key:
            break
        search.key[place] = search.key[child]
        search.node[place] = search.node[child]
        place, child = child, 2 * child + 1
    search.key[place] = key
    search.node[place] = node
