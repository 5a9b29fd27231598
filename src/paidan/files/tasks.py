"""Jobs of files."""

from __future__ import annotations

from procrastinate.contrib.django import app

from paidan.files.services import drafts_forget
from paidan.kernel.clock import now


@app.periodic(cron="41 * * * *")
@app.task(name="files.drafts_forget", queue="default", queueing_lock="files.drafts_forget")
def drafts_forget_hourly(timestamp: int) -> None:
    """Delete photos of bookings that were never made."""
    drafts_forget(now=now())
