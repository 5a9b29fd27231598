"""Web, worker and database are killed under load. The full trial is ``python -m bench.kill``."""

from __future__ import annotations

import pytest

from bench.kill import PARTS, Plan, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice() -> None:
    plan = Plan(kills=3, grabs=150)

    outcome = run(plan, replays=50)

    assert [kill["part"] for kill in outcome.log.kills] == list(PARTS)
    assert min(kill["in flight"] for kill in outcome.log.kills) >= plan.in_flight
    assert len(outcome.log.acknowledged) >= plan.grabs
    assert outcome.log.lost["connection"] > 0
    assert outcome.commits_lost >= 1
    assert outcome.faults == dict.fromkeys(outcome.faults, 0)
