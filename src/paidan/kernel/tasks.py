"""Jobs of the kernel: every event runs its handlers, once; what may be forgotten is forgotten."""

from __future__ import annotations

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from paidan.kernel.clock import now
from paidan.kernel.idempotency import answers_forget
from paidan.kernel.models import Event, EventHandled
from paidan.kernel.outbox import EVENT_JOB, handlers_of

# Two seconds, then twice as long each time: what is broken may mend within some eight minutes.
_RETRIES = RetryStrategy(max_attempts=8, exponential_wait=2)


@app.task(name=EVENT_JOB, queue="events", retry=_RETRIES)
def event_handle(event_id: int) -> None:
    """Call the handlers of an event; each in its own transaction with its done-mark.

    A crash between two handlers repeats only those not yet done.
    """
    event = Event.objects.get(pk=event_id)
    for handler in handlers_of(event.name):
        name = f"{handler.__module__}.{handler.__qualname__}"
        with transaction.atomic():
            _, first = EventHandled.objects.get_or_create(event=event, handler=name)
            if first:
                handler({**event.payload, "event_id": event.pk})


@app.periodic(cron="17 * * * *")
@app.task(name="kernel.answers_forget", queue="default", queueing_lock="kernel.answers_forget")
def answers_forget_hourly(timestamp: int) -> None:
    """Delete idempotency rows older than a day."""
    answers_forget(now=now())
