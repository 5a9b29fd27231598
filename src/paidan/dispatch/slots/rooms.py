"""Looking for room in windows that look full: a page asks, a worker searches, the verdict waits in a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from paidan.dispatch.constants import SEARCH_JOB, SearchVerdict
from paidan.dispatch.models import RoomSearch
from paidan.dispatch.slots.need import Need, need_of
from paidan.dispatch.standing_plan import Book, PlanScope, book_load, scope_of
from paidan.kernel.geo import Point
from paidan.kernel.outbox import defer
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.problem import Task
from paidan_engine.repair import Refusal, fit

SEARCH_STEPS = 6_000  # as many as a hold spends: what is found here is found there
SEARCHES_A_QUERY = 24
SEARCHES_AT_A_TIME = 60
ASK_AGAIN = timedelta(seconds=15)  # a question nobody has answered by then was lost with its worker
KEPT = timedelta(hours=1)
_FOUND = {Refusal.PROVEN: SearchVerdict.PROVEN, Refusal.BUDGET: SearchVerdict.NOT_FOUND}


def rooms_known(
    need: Need, territory: Territory, windows: Iterable[TimeSpan], stamps: Mapping[TimeSpan, int], *, now: datetime
) -> dict[TimeSpan, SearchVerdict]:
    """What is known, or was asked just now, about these windows of the plans that the stamps stand for (one query)."""
    by_start = {window.start: window for window in windows}
    rows = RoomSearch.objects.filter(**_of(need, territory), window_start_at__in=list(by_start))
    return {
        by_start[row.window_start_at]: SearchVerdict(row.verdict)
        for row in rows
        if row.stamp == stamps[by_start[row.window_start_at]]
        and (row.verdict != SearchVerdict.ASKED or row.asked_at > now - ASK_AGAIN)
    }


def rooms_ask(
    need: Need, territory: Territory, windows: Sequence[TimeSpan], stamps: Mapping[TimeSpan, int], *, now: datetime
) -> None:
    """Let a worker look for room in these windows; asked twice, it is looked for once."""
    asked = [
        RoomSearch(
            **_of(need, territory),
            window_start_at=window.start,
            window_end_at=window.end,
            stamp=stamps[window],
            verdict=SearchVerdict.ASKED,
            asked_at=now,
        )
        for window in sorted(windows, key=lambda window: window.start)
    ]
    with transaction.atomic():
        RoomSearch.objects.bulk_create(
            asked,
            update_conflicts=True,
            unique_fields=["territory", "item_version", "extra_minutes", "lat", "lng", "window_start_at"],
            update_fields=["window_end_at", "stamp", "verdict", "asked_at"],
        )
        defer(SEARCH_JOB, queueing_lock=SEARCH_JOB)


def rooms_search() -> None:
    """Answer what is asked, the newest first; the rest is left to a job of its own."""
    due = RoomSearch.objects.filter(verdict=SearchVerdict.ASKED).select_related("territory", "item_version")
    rows = list(due.order_by("-asked_at", "window_start_at")[:SEARCHES_AT_A_TIME])
    books: dict[PlanScope, Book] = {}
    for row in rows:
        _answer(row, books)
    if len(rows) == SEARCHES_AT_A_TIME:
        defer(SEARCH_JOB, queueing_lock=SEARCH_JOB)


def rooms_forget(*, now: datetime) -> None:
    """Delete what was asked long ago: where somebody lives is not kept for a page that nobody looks at."""
    RoomSearch.objects.filter(asked_at__lt=now - KEPT).delete()


def _answer(row: RoomSearch, books: dict[PlanScope, Book]) -> None:
    window = TimeSpan(row.window_start_at, row.window_end_at)
    scope = scope_of(row.territory_id, row.territory.time_zone, window)
    if scope not in books:
        books[scope] = book_load(scope, now=row.asked_at)
    need = need_of(row.item_version, Point(row.lat, row.lng), extra_minutes=row.extra_minutes)
    verdict = room_search(books[scope], need.task(window))
    # Asked again meanwhile, of another plan: that question is not answered by this.
    RoomSearch.objects.filter(pk=row.pk, stamp=row.stamp, verdict=SearchVerdict.ASKED).update(verdict=verdict)


def room_search(book: Book, task: Task) -> SearchVerdict:
    """Whether re-ordering and passing on makes room for a task."""
    found = fit(book.plan, task, book.travel, book.now, budget=SEARCH_STEPS)
    return _FOUND[found] if isinstance(found, Refusal) else SearchVerdict.ROOM


def _of(need: Need, territory: Territory) -> dict[str, object]:
    return {
        "territory_id": territory.pk,
        "item_version_id": need.item_version_id,
        "extra_minutes": need.extra_minutes,
        "lat": need.place.lat,
        "lng": need.place.lng,
    }
