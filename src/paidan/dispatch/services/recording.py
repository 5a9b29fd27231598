"""Decisions as records: who was considered, what spoke against or for each, and what would have changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from paidan.dispatch.constants import DecisionMode, DecisionOutcome
from paidan.dispatch.models import Decision
from paidan.dispatch.policies import PolicyInForce
from paidan_engine.constraints import Verdict


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """That a visit has a technician, as screens and programs see it."""

    visit_ref: str
    status: str
    technician_id: int
    technician_ref: str
    planned_start_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitState:
    """Where a visit stands after a step."""

    visit_ref: str
    status: str


def verdicts_as_data(verdicts: Iterable[Verdict]) -> list[dict[str, object]]:
    """Refusing verdicts with the numbers behind them."""
    return [{"rule": v.code, "facts": dict(v.facts)} for v in verdicts if not v.passed]


def decision_write(
    *,
    visit_id: int,
    policy: PolicyInForce,
    mode: DecisionMode,
    outcome: DecisionOutcome,
    record: Mapping[str, object],
    now: datetime,
    winner_id: int | None = None,
    assignment_id: int | None = None,
    actor_key: str = "system",
) -> Decision:
    """Keep why a visit went where it went, or why it waits."""
    return Decision.objects.create(
        visit_id=visit_id,
        policy_id=policy.id,
        mode=mode,
        outcome=outcome,
        winner_id=winner_id,
        assignment_id=assignment_id,
        record=dict(record),
        actor_key=actor_key,
        decided_at=now,
    )


_SAYS = ("first_refusal", "window")


def decision_repeats(*, visit_id: int, outcome: DecisionOutcome, record: Mapping[str, object]) -> bool:
    """Whether the last decision on this visit said the same of the same promise: then no new row is written."""
    last = Decision.objects.filter(visit_id=visit_id).order_by("-decided_at", "-pk").only("outcome", "record").first()
    return last is not None and last.outcome == outcome and all(last.record.get(k) == record.get(k) for k in _SAYS)
