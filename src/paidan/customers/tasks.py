"""Jobs of customers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from paidan.customers.calling import calls_forget
from paidan.customers.own_data import outlived_forget
from paidan.kernel.clock import now


@app.periodic(cron="37 3 * * *")
@app.task(name="customers.calls_forget", queue="default", queueing_lock="customers.calls_forget")
def calls_forget_daily(timestamp: int) -> None:
    """Delete calls that nobody needs any more."""
    calls_forget(now=now())


@app.periodic(cron="41 3 * * *")
@app.task(name="customers.outlived_forget", queue="default", queueing_lock="customers.outlived_forget")
def outlived_forget_daily(timestamp: int) -> None:
    """Delete messages, positions and events that are older than the house keeps them."""
    outlived_forget(now=now())
