"""Exact search for a plan of several routes, for instances small enough.

For each route dynamic programming lists every set of movable tasks it can serve beside its pinned ones; a plan is a
choice of one set per route that together cover all tasks. Only routes that a change could reach take part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paidan_engine.errors import certain
from paidan_engine.problem import Task
from paidan_engine.repair.board import Board
from paidan_engine.repair.slack import RouteSlack
from paidan_engine.sequencing import Labels, Sequencer
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import earliest_start, route_head, timed_route


def exact_board(board: Board, stops: Sequence[Stop]) -> Board | None:
    """The board with all these stops served, or None when no plan can serve them: a proof, not a guess.

    Raises:
        EffortSpent: the instance is too large for the steps left.
    """
    if any(_alone_impossible(board, stop.task) for stop in stops):
        return None
    slacks = _concerned(board, stops)
    pool = [*stops, *(stop for slack in slacks for stop in slack.movable if not stop.pinned)]
    numbers = {stop.task.key: number for number, stop in enumerate(pool)}
    tables = [_table(board, slack, pool, numbers) for slack in slacks]
    choice = _cover(board, tables, (1 << len(pool)) - 1)
    if choice is None:
        return None
    for table, chosen in zip(tables, choice, strict=True):
        board = certain(board.with_route(table.route(chosen, board)), "a label is a feasible order")
    return board


def _alone_impossible(board: Board, task: Task) -> bool:
    """Even without travel, and with nothing else on the shift, nobody who may serve it has the time."""
    return all(
        slack.shift.load_cap == 0 or earliest_start(task, slack.shift, slack.gaps[0].ready, 0) is None
        for slack in board.serving(task)
    )


def _concerned(board: Board, stops: Sequence[Stop]) -> list[RouteSlack]:
    """Routes that may serve one of the stops, or one of the stops on such routes, and so on."""
    reached: dict[int, RouteSlack] = {}
    tasks = [stop.task for stop in stops]
    while tasks:
        for slack in board.serving(tasks.pop()):
            if slack.shift.id not in reached:
                reached[slack.shift.id] = slack
                tasks.extend(stop.task for stop in slack.movable if not stop.pinned)
    return [reached[shift_id] for shift_id in sorted(reached)]


@dataclass(frozen=True, slots=True)
class _Table:
    """What one route can serve: for each set of the pool the set of the sequencer that stands for it."""

    sequencer: Sequencer
    stops: tuple[Stop, ...]
    labels: Labels
    sets: dict[int, int]
    servable: int

    def route(self, chosen: int, board: Board) -> Route:
        """The route that serves the chosen set of the pool."""
        order = certain(self.sequencer.order(self.labels, self.sets[chosen]), "only served sets are listed")
        stops = [self.stops[index] for index in order]
        route = timed_route(self.sequencer.shift, self.sequencer.head, stops, board.setting.travel)
        return certain(route, "a label is a feasible order")


def _table(board: Board, slack: RouteSlack, pool: Sequence[Stop], numbers: dict[str, int]) -> _Table:
    """All sets one route can serve together with everything pinned to it."""
    setting = board.setting
    own = [stop for stop in slack.movable if stop.pinned]
    free = [stop for stop in pool if setting.may_serve(stop.task, slack.shift)]
    stops = (*own, *free)
    head = route_head(slack.route, setting.now)
    sequencer = Sequencer(slack.shift, head, tuple(stop.task for stop in stops), setting.travel)
    labels = sequencer.labels(setting.effort)
    needed = (1 << len(own)) - 1
    room = max(slack.shift.load_cap - len(head.stops), len(own))
    sets = {} if own else {0: 0}
    for served, _ in labels:
        if served & needed == needed and served.bit_count() <= room:
            chosen = served >> len(own)
            sets[sum(1 << numbers[free[i].task.key] for i in _bits(chosen))] = served
    servable = 0
    for chosen in sets:
        servable |= chosen
    return _Table(sequencer, stops, labels, sets, servable)


def _cover(board: Board, tables: Sequence[_Table], wanted: int) -> list[int] | None:
    """One disjoint set per table whose union is all that is wanted."""
    reached: list[dict[int, int]] = [{0: 0}]  # per table: union so far -> set chosen last
    for index, table in enumerate(tables):
        following: dict[int, int] = {}
        later = 0
        for other in tables[index + 1 :]:
            later |= other.servable
        due = wanted & ~later
        for union in reached[-1]:
            board.setting.effort.spend(1 + len(table.sets) // 8)
            for chosen in table.sets:
                if not union & chosen and (union | chosen) & due == due:
                    following.setdefault(union | chosen, chosen)
        reached.append(following)
    if wanted not in reached[-1]:
        return None
    choice = []
    for layer in reversed(reached[1:]):
        choice.append(layer[wanted])
        wanted &= ~layer[wanted]
    return choice[::-1]


def _bits(mask: int) -> Iterable[int]:
    """Positions of the ones."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
