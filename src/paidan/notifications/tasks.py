"""Jobs of notifications."""

from __future__ import annotations

from procrastinate.contrib.django import app

from paidan.notifications import services
from paidan.notifications.constants import SEND_JOB


@app.task(name=SEND_JOB, queue="notifications", queueing_lock=SEND_JOB)
def deliveries_send() -> None:
    """Send what is due; failures wait in their rows, so the job itself is never retried."""
    services.deliveries_send()
