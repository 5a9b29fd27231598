"""Decisions as people read them: why a visit went where it went, or why it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from paidan.accounts.access import require
from paidan.accounts.constants import Permission
from paidan.dispatch.constants import FIRST_VALID_CLAIM, PART_LABELS, RULE_SENTENCES, DecisionMode, DecisionOutcome
from paidan.dispatch.models import Decision
from paidan.dispatch.standing_plan import instant
from paidan.kernel.actors import Actor
from paidan.kernel.paging import PAGE_SIZE, Slice, cursor_values, sliced
from paidan.kernel.texts import localized
from paidan.visits.access import visit_for, visits_visible_to
from paidan.workforce.models import Technician


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as people read it."""

    ref: str
    mode: str
    mode_label: str
    outcome: str
    outcome_label: str
    winner_name: str
    winner_ref: str
    policy: str
    actor_key: str
    decided_at: datetime
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list, with the visit it is about."""

    decision: DecisionView
    visit_ref: str
    item_name: str


def decisions_for(actor: Actor, visit_ref: str) -> tuple[DecisionView, ...]:
    """Every decision on a visit, the latest first.

    Raises:
        NotFound, Forbidden: not the actor's to see.
    """
    visit = visit_for(actor, visit_ref, Permission.VIEW_DECISIONS)
    require(actor, Permission.VIEW_DECISIONS)
    rows = Decision.objects.select_related("policy", "winner").filter(visit=visit).order_by("-decided_at", "-pk")
    return tuple(decision_view(row) for row in rows[:50])


def decisions_recent(
    actor: Actor, *, outcome: str = "", mode: str = "", cursor: str = "", limit: int = PAGE_SIZE
) -> Slice[DecisionRow]:
    """The latest decisions on visits the actor may know of, newest first; constant number of queries.

    Raises:
        Forbidden: the actor does not see decisions.
        Invalid: the cursor belongs to another list.
    """
    require(actor, Permission.VIEW_DECISIONS)
    rows = Decision.objects.filter(visit__in=visits_visible_to(actor))
    if outcome:
        rows = rows.filter(outcome=outcome)
    if mode:
        rows = rows.filter(mode=mode)
    after = cursor_values(cursor, datetime, int)
    if after is not None:
        decided_at, pk = after
        rows = rows.filter(Q(decided_at__lt=decided_at) | Q(decided_at=decided_at, pk__lt=pk))
    found = list(
        rows.select_related("policy", "winner", "visit__item_version").order_by("-decided_at", "-pk")[: limit + 1]
    )
    page = sliced(found, limit=limit, key=lambda row: (row.decided_at, row.pk))
    return Slice(tuple(_decision_row(row) for row in page.items), page.next_cursor)


def _decision_row(row: Decision) -> DecisionRow:
    return DecisionRow(
        decision=decision_view(row), visit_ref=row.visit.ref, item_name=localized(row.visit.item_version.name)
    )


def decision_view(row: Decision) -> DecisionView:
    return DecisionView(
        ref=row.ref,
        mode=row.mode,
        mode_label=str(DecisionMode(row.mode).label),
        outcome=row.outcome,
        outcome_label=str(DecisionOutcome(row.outcome).label),
        winner_name=row.winner.name if row.winner is not None else "",
        winner_ref=row.winner.ref if row.winner is not None else "",
        policy=f"{localized(row.policy.name)} v{row.policy.version}",
        actor_key=row.actor_key,
        decided_at=row.decided_at,
        record=row.record,
    )


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One candidate of a decision in words: parts as signed minutes of travel, refusals as sentences."""

    name: str
    is_winner: bool
    is_runner_up: bool
    cost_seconds: int | None
    parts: tuple[tuple[str, int], ...]
    start_at: datetime | None
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionStory:
    """A decision told: who was considered, what spoke for and against, and what would have changed it."""

    decision: DecisionView
    price_of_waiting_seconds: int | None
    margin_seconds: int | None
    lines: tuple[CandidateLine, ...]
    is_first_claim: bool
    override: str
    waived: tuple[str, ...]


def stories_for(actor: Actor, visit_ref: str) -> tuple[DecisionStory, ...]:
    """Every decision on a visit, told; the latest first.

    Raises:
        NotFound, Forbidden: not the actor's to see.
    """
    decisions = decisions_for(actor, visit_ref)
    ids = {i for decision in decisions for i in _people_in(decision.record)}
    names = {t.pk: f"{t.name} {t.staff_number}" for t in Technician.objects.filter(pk__in=ids)}
    return tuple(_story(decision, names) for decision in decisions)


def _people_in(record: dict[str, Any]) -> set[int]:
    listed = [*record.get("candidates", ()), *record.get("refused", ())]
    return {int(entry["technician"]) for entry in listed} | {
        int(record[name]) for name in ("winner", "runner_up") if record.get(name)
    }


def _story(decision: DecisionView, names: dict[int, str]) -> DecisionStory:
    record = decision.record
    eligible = [_eligible_line(entry, record, names) for entry in record.get("candidates", ())]
    refused = [_refused_line(entry, names) for entry in record.get("refused", ())]
    return DecisionStory(
        decision=decision,
        price_of_waiting_seconds=record.get("price_of_waiting"),
        margin_seconds=record.get("margin_seconds"),
        lines=(*eligible, *refused),
        is_first_claim=record.get("why") == FIRST_VALID_CLAIM,
        override=str(record.get("override", "")),
        waived=tuple(rule_sentence(str(entry["rule"])) for entry in record.get("waived", ())),
    )


def _eligible_line(entry: dict[str, Any], record: dict[str, Any], names: dict[int, str]) -> CandidateLine:
    technician = int(entry["technician"])
    return CandidateLine(
        name=names.get(technician, f"#{technician}"),
        is_winner=technician == record.get("winner"),
        is_runner_up=technician == record.get("runner_up"),
        cost_seconds=int(entry["cost"]),
        parts=tuple((str(PART_LABELS.get(part, part)), int(value)) for part, value in entry["parts"].items()),
        start_at=instant(int(entry["start"])),
        refusals=(),
    )


def _refused_line(entry: dict[str, Any], names: dict[int, str]) -> CandidateLine:
    technician = int(entry["technician"])
    return CandidateLine(
        name=names.get(technician, f"#{technician}"),
        is_winner=False,
        is_runner_up=False,
        cost_seconds=None,
        parts=(),
        start_at=None,
        refusals=tuple(rule_sentence(str(rule["rule"])) for rule in entry["rules"]),
    )


def rule_sentence(rule: str) -> str:
    """What a hard rule says, in the active language."""
    return str(RULE_SENTENCES.get(rule, rule))
