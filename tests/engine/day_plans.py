"""Small random day plans and an exhaustive planner to judge the engine by."""

from functools import cache
from itertools import product
from random import Random

from hypothesis import strategies as st

from paidan_engine.problem import Place, Shift, Task
from paidan_engine.repair import insertions
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.verify import verify_day_plan

PLACES = 5
DAY = 60


class TableTravel:
    """Travel from a table, without symmetry or triangle inequality; place ``(i, 0)`` is row i."""

    def __init__(self, table: tuple[tuple[int, ...], ...]) -> None:
        self.table = table

    def travel(self, origin: Place, destination: Place, /) -> int:
        assert origin is not None
        assert destination is not None
        return self.table[int(origin[0])][int(destination[0])]


def place(number: int) -> Place:
    return (float(number), 0.0)


places = st.one_of(st.none(), st.integers(0, PLACES - 1).map(place))
travels = st.lists(
    st.lists(st.integers(0, 9), min_size=PLACES, max_size=PLACES).map(tuple), min_size=PLACES, max_size=PLACES
).map(lambda rows: TableTravel(tuple(rows)))


@st.composite
def tasks(draw: st.DrawFn, key: str) -> Task:
    earliest = draw(st.integers(0, DAY - 10))
    return Task(
        key=key,
        place=draw(places),
        earliest=earliest,
        latest=earliest + draw(st.integers(0, 25)),
        duration=draw(st.integers(3, 14)),
        skills=draw(st.sampled_from([(), (), ((1, 1),), ((1, 2),)])),
        excluded=draw(st.sampled_from([frozenset(), frozenset(), frozenset({0})])),
    )


@st.composite
def shifts(draw: st.DrawFn, number: int) -> Shift:
    start = draw(st.integers(0, 10))
    block = draw(st.integers(10, DAY - 15))
    return Shift(
        id=number,
        technician=number,
        start=start,
        end=draw(st.integers(DAY - 20, DAY)),
        origin=draw(places),
        skills=draw(st.sampled_from([{}, {1: 1}, {1: 2}])),
        blocks=draw(st.sampled_from([(), ((block, block + 5),)])),
        load_cap=draw(st.integers(2, 6)),
    )


@st.composite
def day_plans(draw: st.DrawFn, most_tasks: int = 5, most_shifts: int = 3) -> tuple[DayPlan, TableTravel, int]:
    """A feasible plan, its travel, and now; some stops pinned, perhaps one started."""
    travel = draw(travels)
    now = draw(st.sampled_from([0, 0, 8]))
    count = draw(st.integers(1, most_shifts))
    plan = DayPlan(tuple(Route(draw(shifts(number))) for number in range(count)))
    for number in range(draw(st.integers(0, most_tasks))):
        ways = insertions(plan, draw(tasks(f"t{number}")), travel, now)
        if ways:
            plan = ways[draw(st.integers(0, len(ways) - 1))].plan
    routes = []
    for route in plan:
        stops = tuple(Stop(stop.task, stop.start, pinned=draw(st.booleans())) for stop in route.stops)
        if stops and draw(st.integers(0, 3)) == 0:
            stops = (Stop(stops[0].task, stops[0].start, pinned=True, started=True), *stops[1:])
        routes.append(Route(route.shift, stops))
    plan = DayPlan(tuple(routes))
    assert verify_day_plan(plan, travel, now).feasible
    return plan, travel, now


def earliest_times(shift: Shift, stops: tuple[Stop, ...], travel: TableTravel, now: int) -> list[int] | None:
    """Starts of an order, each found by trying one second after the other; None when one finds none."""
    free = max(shift.start, now)
    here = shift.origin
    starts = []
    for stop in stops:
        task = stop.task
        leg = 0 if here is None or task.place is None else travel.travel(here, task.place)
        start = stop.start if stop.started else None
        for second in range(task.earliest, task.latest + 1) if start is None else ():
            if _allowed(shift, second - leg, second + task.duration, free):
                start = second
                break
        if start is None:
            return None
        starts.append(start)
        free, here = max(free, start + task.duration), task.place
    return starts


def _allowed(shift: Shift, leave: int, finish: int, free: int) -> bool:
    if leave < free or finish > shift.end:
        return False
    return not any(start <= second < end for start, end in shift.blocks for second in range(leave, finish))


def some_order(shift: Shift, chosen: tuple[Stop, ...], travel: TableTravel, now: int) -> bool:
    """Some order is feasible: every order is tried, and given up at its first stop that cannot be."""

    def extend(before: tuple[Stop, ...], rest: tuple[Stop, ...]) -> bool:
        if before and earliest_times(shift, before, travel, now) is None:
            return False
        return not rest or any(extend((*before, s), tuple(r for r in rest if r != s)) for s in rest)

    head = tuple(stop for stop in chosen if stop.started)
    return extend(head, tuple(stop for stop in chosen if not stop.started))


def serves(shift: Shift, task: Task) -> bool:
    skilled = all(shift.skills.get(skill, -1) >= level for skill, level in task.skills)
    return skilled and shift.technician not in task.excluded


def plan_exists(plan: DayPlan, added: list[Task], travel: TableTravel, now: int, fixed: dict[str, int]) -> bool:
    """Some assignment and order of everything is feasible; ``fixed`` gives tasks pinned beyond the plan's own."""
    shift_list = [route.shift for route in plan]
    stops = {stop.task.key: stop for route in plan for stop in route.stops}
    stops |= {task.key: Stop(task, task.earliest) for task in added}
    home = {stop.task.key: index for index, r in enumerate(plan) for stop in r.stops if stop.pinned} | fixed
    keys = sorted(stops)

    @cache
    def route_exists(index: int, chosen: frozenset[str]) -> bool:
        shift = shift_list[index]
        if len(chosen) > shift.load_cap:
            return False
        some = tuple(stops[key] for key in sorted(chosen))
        return some_order(shift, some, travel, now)

    choices = []
    for key in keys:
        able = [index for index, shift in enumerate(shift_list) if serves(shift, stops[key].task)]
        choices.append([home[key]] if key in home else able)
    return any(
        all(
            route_exists(index, frozenset(key for key, at in zip(keys, chosen, strict=True) if at == index))
            for index in range(len(shift_list))
        )
        for chosen in product(*choices)
    )


def crowded_plan(seed: int) -> tuple[DayPlan, TableTravel, Task]:
    """Two or three technicians with hardly a free minute, and one more task; the same for the same seed."""
    rng = Random(seed)
    travel = TableTravel(tuple(tuple(rng.randint(0, 6) for _ in range(PLACES)) for _ in range(PLACES)))
    shift_list = [
        Shift(
            n,
            n,
            0,
            DAY,
            place(rng.randrange(PLACES)),
            {1: rng.randint(0, 2)},
            ((30, 33),) if rng.random() < 0.4 else (),
        )
        for n in range(rng.randint(2, 3))
    ]
    plan = DayPlan(tuple(Route(shift) for shift in shift_list))
    for number in range(14):
        ways = insertions(plan, _crowding_task(rng, f"t{number}"), travel, 0)
        if ways and len(plan.task_keys()) < 6:
            plan = rng.choice(ways).plan
    routes = [
        Route(route.shift, tuple(Stop(s.task, s.start, pinned=rng.random() < 0.15) for s in route.stops))
        for route in plan
    ]
    return DayPlan(tuple(routes)), travel, _crowding_task(rng, "new")


def _crowding_task(rng: Random, key: str) -> Task:
    earliest = rng.randint(0, 25)
    needs = rng.choice([(), (), (), ((1, 1),), ((1, 2),)])
    return Task(key, place(rng.randrange(PLACES)), earliest, earliest + rng.randint(5, 30), rng.randint(10, 20), needs)
