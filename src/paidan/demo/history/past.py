"""Ninety days of believable history, ending shortly before the present."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from paidan.demo.history.demand import ZONE, Demand
from paidan.demo.history.duty import DutyBook
from paidan.demo.history.opinions import ratings_keep
from paidan.demo.history.stories import story_tell
from paidan.demo.history.telling import Telling, desk_load, needs_load
from paidan.demo.history.writing import HistoryWriter
from paidan.demo.identity import seeded
from paidan.demo.marker import Size
from paidan.dispatch.constants import PolicyStatus
from paidan.dispatch.models import Policy
from paidan.dispatch.policies import STANDARD, Weights, policy_forget
from paidan.kernel.timespan import local_date


def past_write(size: Size, *, until: datetime) -> dict[str, int]:
    """Write the city's history up to an instant; returns how many rows of each kind."""
    today = local_date(until, ZONE)
    first = today - timedelta(days=size.days)
    weights = Weights()
    telling = Telling(
        writer=HistoryWriter(until=until),
        rng=seeded(size.seed, "history"),
        policy=_policy(weights, effective_at=until - timedelta(days=size.days + 1)),
        weights=weights,
        desk=desk_load(),
        needs=needs_load(),
    )
    duties = DutyBook(first=first - timedelta(days=1), last=today, rng=seeded(size.seed, "workers"))
    demand = Demand(seeded(size.seed, "demand"))
    for asked in demand.asked_between(first, today, bookings=size.bookings):
        story_tell(telling, duties, asked)
    ratings_keep(duties.workers)
    return telling.writer.flush()


def _policy(weights: Weights, *, effective_at: datetime) -> Policy:
    """The standard policy, in force since before the first booking."""
    policy_forget()
    return Policy.objects.create(
        code=STANDARD,
        version=1,
        name={"zh": "标准策略", "en": "Standard policy"},
        status=PolicyStatus.ACTIVE,
        weights=asdict(weights),
        effective_at=effective_at,
    )
