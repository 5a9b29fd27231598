"""What became of jobs."""

from __future__ import annotations

import pytest
from django.db import connection

from paidan.kernel.outbox import jobs_given_up

pytestmark = pytest.mark.django_db


def test_a_job_given_up_is_named_to_the_operator() -> None:
    assert jobs_given_up() == []

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, attempts, status)"
            " VALUES ('default', 'mail', 0, '{}', 5, 'failed') RETURNING id"
        )
        job_id = cursor.fetchone()[0]

    assert jobs_given_up() == [f"Job {job_id} (mail) was given up after 5 attempts."]
