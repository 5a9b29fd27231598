"""The grab over HTTP: what it costs in statements, and what a loser is told."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from paidan.accounts.services import api_key_create
from paidan.dispatch.models import Offer
from paidan.dispatch.policies import policy_in_force
from tests import city

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall():
    """Three technicians on one day, two of them with promises planned, and an open offer."""
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    workers = [city.make_worker(territory, (skill, 3)) for _ in range(3)]
    for worker in workers:
        city.make_shift(worker, day)
    item = city.make_item((skill, 2))
    city.make_visit(territory, item, city.window(day, 14))
    city.make_policy()
    return workers, city.make_offer(city.make_visit(territory, item, city.window(day, 10)))


def grab(worker: city.Worker, offer: Offer, key: str = "k-1"):
    token = api_key_create(user_id=worker.user.pk, label="t", scopes=[], expires_at=None)
    client = Client(headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key})
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(f"/api/v1/offers/{offer.ref}/grab")
    statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO"))]
    return answer, statements


def test_winner_takes_at_most_14_statements(hall):
    workers, offer = hall
    policy_in_force()  # remembered for two seconds by every process

    answer, statements = grab(workers[0], offer)

    assert answer.status_code == 200, answer.content
    assert len(statements) <= 14, "\n".join(statements)


def test_loser_takes_at_most_5_statements_and_hears_why(hall):
    workers, offer = hall
    grab(workers[0], offer)

    answer, statements = grab(workers[1], offer)

    assert answer.status_code == 409
    assert json.loads(answer.content)["code"] == "offer_gone"
    assert len(statements) <= 5, "\n".join(statements)
