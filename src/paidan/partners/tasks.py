"""Jobs of partners."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from paidan.kernel.clock import now
from paidan.partners.constants import IMPORT_JOB
from paidan.partners.services import import_run, imports_resume

# A row that lost a lock waits for the next try, which goes on where this one stopped.
_RETRIES = RetryStrategy(max_attempts=20, exponential_wait=2)


@app.task(name=IMPORT_JOB, queue="default", retry=_RETRIES)
def partner_import_run(import_id: int) -> None:
    """Book the rows of an import that wait."""
    import_run(import_id=import_id)


@app.periodic(cron="* * * * *")
@app.task(name="partners.imports_resume", queue="default", queueing_lock="partners.imports_resume")
def imports_resume_each_minute(timestamp: int) -> None:
    """Go on with imports whose worker died."""
    imports_resume(now=now())
