"""Free windows: what the standing plan could still promise (B4)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext as _

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.models import PlanDay
from paidan.dispatch.standing_plan import Book, PlanScope, book_load, epoch, scope_of
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point, ring_contains
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.problem import Task
from paidan_engine.repair import Refusal, SlotFinder, fit

WINDOW = timedelta(hours=2)
DAY_HOURS = range(8, 20, 2)
ROUND_THE_CLOCK_HOURS = range(0, 24, 2)
LEAD = timedelta(minutes=30)
LONGEST_DAYS = 21
SEARCH_STEPS = 1_200
SEARCHES_A_QUERY = 24


@dataclass(frozen=True, slots=True)
class Slot:
    """A window in which somebody can be there; work starts inside it."""

    window: TimeSpan
    territory_id: int


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be done and where, as far as slots care."""

    item_version_id: int
    duration_minutes: int
    skills: tuple[tuple[int, int], ...]
    is_round_the_clock: bool
    place: Point

    def task(self, window: TimeSpan, key: str = "slot") -> Task:
        return Task(
            key=key,
            place=(self.place.lat, self.place.lng),
            earliest=epoch(window.start),
            latest=epoch(window.end),
            duration=self.duration_minutes * 60,
            skills=self.skills,
        )


def need_of(version: ServiceItemVersion, place: Point, *, extra_minutes: int = 0) -> Need:
    """The need of a version at a place; ``extra_minutes`` are those of what is sold along with it."""
    return Need(
        item_version_id=version.pk,
        duration_minutes=version.duration_minutes + extra_minutes,
        skills=tuple(sorted(version.needs.values_list("skill_id", "level"))),
        is_round_the_clock=version.is_round_the_clock,
        place=place,
    )


def territory_at(place: Point) -> Territory | None:
    """The served territory a place lies in."""
    return next(
        (t for t in Territory.objects.filter(retired_at__isnull=True) if ring_contains(t.ring, place)),
        None,
    )


def windows_between(start: datetime, end: datetime, zone: ZoneInfo, *, round_the_clock: bool) -> Iterator[TimeSpan]:
    """The grid of windows whose start lies in ``[start, end)``, in local time with its offset."""
    day = start.astimezone(zone).date()
    while datetime.combine(day, time.min, tzinfo=zone) < end:
        for hour in ROUND_THE_CLOCK_HOURS if round_the_clock else DAY_HOURS:
            opens = datetime.combine(day, time(hour), tzinfo=zone)
            if start <= opens < end:
                yield TimeSpan(_with_offset(opens), _with_offset(opens + WINDOW))
        day += timedelta(days=1)


def _with_offset(moment: datetime) -> datetime:
    """The same instant without the rules of its zone: an hour the clocks repeat or skip equals no other (PEP 495)."""
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()))


def window_check(window: TimeSpan, zone: ZoneInfo, *, round_the_clock: bool, now: datetime) -> None:
    """Refuse a window that is not one of the grid, or not in the future.

    Raises:
        Invalid: with the field ``window``.
    """
    if window.start < now + timedelta(minutes=5):
        raise Invalid(fields={"window": _("This time has passed. Please choose a later one.")})
    if window.start > now + timedelta(days=LONGEST_DAYS + 1):
        raise Invalid(fields={"window": _("This time is too far ahead.")})
    day = window.start.astimezone(zone)
    grid = windows_between(window.start, window.start + timedelta(seconds=1), zone, round_the_clock=round_the_clock)
    if day.second or window not in tuple(grid):
        raise Invalid(fields={"window": _("Please choose one of the times shown.")})


class _Answers:
    """What a version of a plan has answered before; bounded, in this process only."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[tuple[object, ...], bool] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> bool | None:
        return self._known.get(key)

    def put(self, key: tuple[object, ...], *, answer: bool) -> None:
        self._known[key] = answer
        if len(self._known) > self._size:
            self._known.popitem(last=False)


_answers = _Answers(20_000)


def slots_free(need: Need, territory: Territory, *, start: datetime, end: datetime, now: datetime) -> tuple[Slot, ...]:
    """Every window in which a plan holds all promises plus this one, in order of time.

    Insertion answers most; for windows that look full a bounded search tries to make room, and its answer is
    kept for the version of the plan it was given for.
    """
    zone = ZoneInfo(territory.time_zone)
    start = max(start, now + LEAD)
    end = min(end, now + timedelta(days=LONGEST_DAYS))
    windows = tuple(windows_between(start, end, zone, round_the_clock=need.is_round_the_clock))
    searcher = _Searcher(need, territory, now)
    return tuple(Slot(w, territory.pk) for w in windows if searcher.is_free(w))


class _Searcher:
    """Loads each scope once, and spends a bounded number of searches on windows that look full."""

    def __init__(self, need: Need, territory: Territory, now: datetime) -> None:
        self._need = need
        self._territory = territory
        self._now = now
        self._books: dict[PlanScope, tuple[Book, SlotFinder, object]] = {}
        self._left = SEARCHES_A_QUERY

    def is_free(self, window: TimeSpan) -> bool:
        scope = scope_of(self._territory.pk, self._territory.time_zone, window)
        book, finder, version = self._opened(scope)
        task = self._need.task(window)
        if finder.feasible(task):
            return True
        key = (scope, version, task, epoch(self._now) // 300)
        known = _answers.get(key)
        if known is None and self._left > 0:
            self._left -= 1
            known = not isinstance(fit(book.plan, task, book.travel, book.now, budget=SEARCH_STEPS), Refusal)
            _answers.put(key, answer=known)
        return bool(known)

    def _opened(self, scope: PlanScope) -> tuple[Book, SlotFinder, object]:
        if scope not in self._books:
            # The version first: an answer from a newer plan under an older version is only asked for anew.
            version = PlanDay.objects.filter(territory_id=scope.territory_id, service_date__in=scope.dates).aggregate(
                total=Sum("version")
            )["total"]
            book = book_load(scope, now=self._now)
            self._books[scope] = book, SlotFinder(book.plan, book.travel, book.now), version
        return self._books[scope]


def slots_nearest(slots: Sequence[Slot], wanted: datetime, count: int = 3) -> tuple[Slot, ...]:
    """The free windows nearest to the wanted time."""
    return tuple(sorted(slots, key=lambda slot: abs(slot.window.start - wanted))[:count])
