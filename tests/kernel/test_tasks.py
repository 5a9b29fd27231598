"""Jobs of events: what fails is tried again, and given time to mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procrastinate.jobs import Job
from procrastinate.retry import RetryDecision

from paidan.kernel.tasks import event_handle


def test_an_event_whose_handler_fails_is_tried_for_minutes_not_for_a_moment() -> None:
    now = datetime.now(UTC)

    waits = [decision.retry_at - now for decision in map(decided, range(8)) if decision is not None]

    assert len(waits) == 8
    assert waits[0] < timedelta(seconds=5)
    assert sum(waits, timedelta()) > timedelta(minutes=5)
    assert decided(8) is None


def decided(attempts: int) -> RetryDecision | None:
    """What becomes of the job after so many attempts before this one."""
    job = Job(id=1, queue="events", lock=None, queueing_lock=None, task_name=event_handle.name, attempts=attempts)
    strategy = event_handle.retry_strategy
    return strategy.get_retry_decision(exception=ValueError(), job=job) if strategy is not None else None
