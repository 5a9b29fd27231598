"""Jobs of dispatch."""

from __future__ import annotations

from procrastinate.contrib.django import app

from paidan.dispatch import slots
from paidan.dispatch.constants import SEARCH_JOB
from paidan.kernel.clock import now


@app.task(name=SEARCH_JOB, queue="default", queueing_lock=SEARCH_JOB)
def rooms_search() -> None:
    """Look for room in windows that look full; what is left undone is asked for again by the page."""
    slots.rooms_search()


@app.periodic(cron="23 * * * *")
@app.task(name="dispatch.rooms_forget", queue="default", queueing_lock="dispatch.rooms_forget")
def rooms_forget_hourly(timestamp: int) -> None:
    """Forget what was asked long ago."""
    slots.rooms_forget(now=now())
