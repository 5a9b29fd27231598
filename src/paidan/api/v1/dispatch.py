"""The hall, grabbing, and assignment by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.accounts.services import GRABS
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.dispatch import selectors, services
from paidan.kernel import clock
from paidan.kernel.timespan import TimeSpan

routes = Routes("Dispatch")


class Window(Schema):
    """A promised window; work starts inside it."""

    start: datetime
    end: datetime

    @staticmethod
    def of(span: TimeSpan) -> Window:
        return Window(start=span.start, end=span.end)


class OfferOut(Schema):
    ref: str
    visit_ref: str
    item_name: str
    urgency: str
    window: Window
    district: str
    distance_metres: int
    duration_minutes: int
    pay_minor: int
    closes_at: datetime


class AssignmentOut(Schema):
    visit_ref: str
    status: str
    technician_ref: str
    planned_start_at: datetime | None


class AssignIn(Schema):
    technician_ref: str = Field(max_length=13)
    override_reason: str = Field(default="", max_length=500)


class DeclineIn(Schema):
    reason: str = Field(max_length=40)
    text: str = Field(default="", max_length=500)


class RefusalOut(Schema):
    rule: str
    sentence: str
    overridable: bool
    facts: dict[str, int]


class CandidateOut(Schema):
    technician_ref: str
    name: str
    staff_number: str
    is_eligible: bool
    is_overridable: bool
    visits_that_day: int
    added_travel_seconds: int | None
    start_at: datetime | None
    refusals: list[RefusalOut]


class DecisionOut(Schema):
    ref: str
    mode: str
    outcome: str
    winner_ref: str
    policy: str
    decided_at: datetime
    record: dict[str, Any]


@routes.get("offers", access=may(Permission.GRAB_OFFERS), response=list[OfferOut], summary="The caller's grab hall")
def offers_list(request: ApiRequest) -> list[OfferOut]:
    """Only what this technician may take, urgent first."""
    cards = selectors.hall_for(request.actor, now=clock.now())
    return [
        OfferOut(
            ref=card.ref,
            visit_ref=card.visit_ref,
            item_name=card.item_name,
            urgency=card.urgency,
            window=Window.of(card.window),
            district=card.district,
            distance_metres=card.distance_metres,
            duration_minutes=card.duration_minutes,
            pay_minor=card.pay_minor,
            closes_at=card.closes_at,
        )
        for card in cards
    ]


@routes.post(
    "offers/{ref}/grab",
    access=may(Permission.GRAB_OFFERS),
    response=AssignmentOut,
    summary="Grab an offer",
    rate=GRABS,
)
def offer_grab(request: ApiRequest, ref: str) -> AssignmentOut:
    """First valid claim wins; 409 with the reason otherwise."""
    grabbed = services.offer_grab(offer_ref=ref, actor=request.actor, now=clock.now())
    return AssignmentOut(
        visit_ref=grabbed.visit_ref,
        status=grabbed.status,
        technician_ref=grabbed.technician_ref,
        planned_start_at=grabbed.planned_start_at,
    )


@routes.post(
    "visits/{ref}/assign", access=may(Permission.ASSIGN_VISITS), response=AssignmentOut, summary="Assign by hand"
)
def visit_assign(request: ApiRequest, ref: str, body: AssignIn) -> AssignmentOut:
    """Give a visit to a technician; 409 ``override_needed`` lists what a reason could override."""
    assigned = services.visit_assign(
        visit_ref=ref,
        technician_ref=body.technician_ref,
        override_reason=body.override_reason,
        actor=request.actor,
        now=clock.now(),
    )
    return AssignmentOut(
        visit_ref=assigned.visit_ref,
        status=assigned.status,
        technician_ref=assigned.technician_ref,
        planned_start_at=assigned.planned_start_at,
    )


class VisitStatusOut(Schema):
    visit_ref: str
    status: str


@routes.post("visits/{ref}/accept", access=may(Permission.EXECUTE_VISITS), response=VisitStatusOut, summary="Accept")
def visit_accept(request: ApiRequest, ref: str) -> VisitStatusOut:
    """The assigned technician accepts."""
    visit = services.assignment_accept(visit_ref=ref, actor=request.actor, now=clock.now())
    return VisitStatusOut(visit_ref=visit.visit_ref, status=visit.status)


@routes.post("visits/{ref}/decline", access=may(Permission.EXECUTE_VISITS), response=VisitStatusOut, summary="Decline")
def visit_decline(request: ApiRequest, ref: str, body: DeclineIn) -> VisitStatusOut:
    """The assigned technician declines with a reason."""
    visit = services.assignment_decline(
        visit_ref=ref, reason=body.reason, text=body.text, actor=request.actor, now=clock.now()
    )
    return VisitStatusOut(visit_ref=visit.visit_ref, status=visit.status)


@routes.get(
    "visits/{ref}/candidates",
    access=may(Permission.ASSIGN_VISITS),
    response=list[CandidateOut],
    summary="Who could take a visit, and what speaks against the others",
)
def visit_candidates(request: ApiRequest, ref: str) -> list[CandidateOut]:
    """Every technician of the territory and day, eligible first."""
    return [
        CandidateOut(
            technician_ref=c.technician_ref,
            name=c.name,
            staff_number=c.staff_number,
            is_eligible=c.is_eligible,
            is_overridable=c.is_overridable,
            visits_that_day=c.visits_that_day,
            added_travel_seconds=c.added_travel_seconds,
            start_at=c.start_at,
            refusals=[
                RefusalOut(rule=r.rule, sentence=r.sentence, overridable=r.overridable, facts=r.facts)
                for r in c.refusals
            ],
        )
        for c in selectors.candidates_for(request.actor, ref, now=clock.now())
    ]


@routes.get(
    "visits/{ref}/decision",
    access=may(Permission.VIEW_DECISIONS),
    response=list[DecisionOut],
    summary="Why a visit went where it went",
)
def visit_decision(request: ApiRequest, ref: str) -> list[DecisionOut]:
    """Every decision on the visit, the latest first."""
    return [
        DecisionOut(
            ref=d.ref,
            mode=d.mode,
            outcome=d.outcome,
            winner_ref=d.winner_ref,
            policy=d.policy,
            decided_at=d.decided_at,
            record=d.record,
        )
        for d in selectors.decisions_for(request.actor, ref)
    ]
