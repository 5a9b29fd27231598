"""Jobs of accounts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from paidan.accounts.services import spent_forget
from paidan.kernel.clock import now


@app.periodic(cron="23 * * * *")
@app.task(name="accounts.spent_forget", queue="default", queueing_lock="accounts.spent_forget")
def spent_forget_hourly(timestamp: int) -> None:
    """Delete codes and sessions that are over, and counts that no limit looks at any more."""
    spent_forget(now=now())
