"""Visits: reading them, and carrying them out step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import File, Query, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.rules import may
from paidan.api.v1.booking_schemas import AnswerOut
from paidan.api.v1.dispatch import Window
from paidan.api.v1.paging import CursorText, Limit, Page
from paidan.api.v1.requests import ApiRequest
from paidan.api.v1.routes import Routes
from paidan.booking.selectors import VISIT_GROUPS, VisitFilter, VisitRow, visit_detail, visits_list
from paidan.fieldwork import services
from paidan.fieldwork.services import StepDone
from paidan.kernel import clock
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point

routes = Routes("Visits")
CREW = may(Permission.EXECUTE_VISITS)
READERS = may(Permission.VIEW_VISITS).or_role(RoleCode.CUSTOMER).or_link(LinkPurpose.BOOKING, LinkPurpose.REVIEW)


class TechnicianShort(Schema):
    ref: str
    name: str
    staff_number: str


class VisitOut(Schema):
    """A visit as its reader may see it: contact and address are masked for whom they do not concern."""

    ref: str
    booking_ref: str
    item_name: str
    status: str
    status_label: str
    urgency: str
    window: Window
    planned_start_at: datetime | None
    territory_code: str
    contact_name: str
    contact_phone: str
    address: str
    is_masked: bool
    is_late: bool
    technician: TechnicianShort | None


class StepOut(Schema):
    at: datetime
    action: str
    label: str
    who: str
    text: str


class VisitDetailOut(VisitOut):
    description: str
    add_ons: list[str]
    answers: list[AnswerOut]
    price_minor: int
    actions: list[str]
    timeline: list[StepOut]


class StepDoneOut(Schema):
    """What a step led to; ``undo_until`` is null when it cannot be taken back."""

    visit_ref: str
    status: str
    at: datetime
    undo_until: datetime | None
    is_far: bool | None


class ArriveIn(Schema):
    lat: float | None = Field(default=None, ge=-90, le=90)
    lng: float | None = Field(default=None, ge=-180, le=180)


class HoldIn(Schema):
    reason: str = Field(max_length=40)
    resume_at: AwareDatetime
    text: str = Field(default="", max_length=1_000)


class FinishIn(Schema):
    checklist: list[Annotated[int, Field(ge=0, le=99)]] = Field(default_factory=list, max_length=100)
    note: str = Field(default="", max_length=1_000)


class FailIn(Schema):
    reason: str = Field(max_length=40)
    text: str = Field(default="", max_length=1_000)


class PhotoOut(Schema):
    ref: str
    content_type: str
    size_bytes: int
    created_at: datetime


class PaymentOut(Schema):
    ref: str
    amount_minor: int
    status: str


def _visit(row: VisitRow) -> dict[str, Any]:
    technician = row.technician
    return {
        "ref": row.ref,
        "booking_ref": row.booking_ref,
        "item_name": row.item_name,
        "status": row.status,
        "status_label": row.status_label,
        "urgency": row.urgency,
        "window": Window.of(row.window),
        "planned_start_at": row.planned_start_at,
        "territory_code": row.territory_code,
        "contact_name": row.contact.name,
        "contact_phone": row.contact.phone,
        "address": row.contact.address_line,
        "is_masked": row.contact.is_masked,
        "is_late": row.is_late,
        "technician": None
        if technician is None
        else TechnicianShort(ref=technician.ref, name=technician.name, staff_number=technician.staff_number),
    }


def _done(done: StepDone) -> StepDoneOut:
    return StepDoneOut(
        visit_ref=done.visit_ref, status=done.status, at=done.at, undo_until=done.undo_until, is_far=done.is_far
    )


@routes.get("visits", access=READERS, response=Page[VisitOut], summary="Visits the caller may know of")
def visits(
    request: ApiRequest,
    limit: Limit,
    cursor: CursorText,
    group: Annotated[str, Query(default="", max_length=20, description=", ".join(VISIT_GROUPS))],
    search: Annotated[str, Query(default="", max_length=60)],
) -> Page[VisitOut]:
    """By promised window, the earliest first."""
    if group and group not in VISIT_GROUPS:
        raise Invalid(fields={"group": ", ".join(VISIT_GROUPS)})
    found = visits_list(
        request.actor,
        which=VisitFilter(group=group, search=search),
        now=clock.now(),
        cursor=cursor,
        limit=limit,
    )
    return Page[VisitOut](items=[VisitOut(**_visit(row)) for row in found.items], next_cursor=found.next_cursor)


@routes.get("visits/{ref}", access=READERS, response=VisitDetailOut, summary="One visit with what happened")
def visit(request: ApiRequest, ref: str) -> VisitDetailOut:
    """Where it stands, what may be done, and every step so far."""
    detail = visit_detail(request.actor, ref, now=clock.now())
    return VisitDetailOut(
        **_visit(detail.row),
        description=detail.description,
        add_ons=list(detail.add_ons),
        answers=[AnswerOut(code=one.code, question=one.question, answer=one.answer) for one in detail.answers],
        price_minor=detail.price_minor,
        actions=list(detail.actions),
        timeline=[
            StepOut(at=entry.at, action=entry.action, label=entry.label, who=entry.who, text=entry.text)
            for entry in detail.timeline
        ],
    )


@routes.post("visits/{ref}/depart", access=CREW, response=StepDoneOut, summary="On the way")
def visit_depart(request: ApiRequest, ref: str) -> StepDoneOut:
    """The assigned technician sets out."""
    return _done(services.visit_depart(visit_ref=ref, actor=request.actor, now=clock.now()))


@routes.post("visits/{ref}/arrive", access=CREW, response=StepDoneOut, summary="Check in at the door")
def visit_arrive(request: ApiRequest, ref: str, body: ArriveIn | None = None) -> StepDoneOut:
    """With a position it is noted whether that is far from the door; without one nothing is claimed."""
    position = None
    if body is not None and body.lat is not None and body.lng is not None:
        position = Point(body.lat, body.lng)
    return _done(services.visit_arrive(visit_ref=ref, actor=request.actor, now=clock.now(), position=position))


@routes.post("visits/{ref}/start", access=CREW, response=StepDoneOut, summary="Begin the work")
def visit_start(request: ApiRequest, ref: str) -> StepDoneOut:
    """The work begins."""
    return _done(services.visit_start(visit_ref=ref, actor=request.actor, now=clock.now()))


@routes.post("visits/{ref}/hold", access=CREW, response=StepDoneOut, summary="Pause the work")
def visit_hold(request: ApiRequest, ref: str, body: HoldIn) -> StepDoneOut:
    """With a reason and a time to resume within the shift."""
    return _done(
        services.visit_hold(
            visit_ref=ref,
            reason=body.reason,
            resume_at=body.resume_at,
            text=body.text,
            actor=request.actor,
            now=clock.now(),
        )
    )


@routes.post("visits/{ref}/resume", access=CREW, response=StepDoneOut, summary="Go on")
def visit_resume(request: ApiRequest, ref: str) -> StepDoneOut:
    """The work goes on."""
    return _done(services.visit_resume(visit_ref=ref, actor=request.actor, now=clock.now()))


@routes.post("visits/{ref}/photos", access=CREW, response={201: PhotoOut}, summary="Add a completion photo")
def visit_photo(request: ApiRequest, ref: str, photo: Annotated[UploadedFile, File()]) -> tuple[int, PhotoOut]:
    """A picture of up to 12 MB; it is re-encoded without its metadata."""
    kept = services.photo_add(visit_ref=ref, upload=photo, actor=request.actor, now=clock.now())
    return 201, PhotoOut(
        ref=kept.ref, content_type=kept.content_type, size_bytes=kept.size_bytes, created_at=kept.created_at
    )


@routes.post("visits/{ref}/finish", access=CREW, response=StepDoneOut, summary="Finish the work")
def visit_finish(request: ApiRequest, ref: str, body: FinishIn) -> StepDoneOut:
    """Needs at least one completion photo; the charge is fixed now."""
    return _done(
        services.visit_finish(
            visit_ref=ref, checklist=body.checklist, note=body.note, actor=request.actor, now=clock.now()
        )
    )


@routes.post("visits/{ref}/fail", access=CREW, response=StepDoneOut, summary="The work could not be done")
def visit_fail(request: ApiRequest, ref: str, body: FailIn) -> StepDoneOut:
    """With a reason; the desk decides what comes next."""
    return _done(
        services.visit_fail(visit_ref=ref, reason=body.reason, text=body.text, actor=request.actor, now=clock.now())
    )


@routes.post("visits/{ref}/undo", access=CREW, response=StepDoneOut, summary="Take the last step back")
def visit_undo(request: ApiRequest, ref: str) -> StepDoneOut:
    """Within a few seconds, by the same technician; recorded as a reverse step."""
    return _done(services.visit_undo(visit_ref=ref, actor=request.actor, now=clock.now()))


@routes.post("visits/{ref}/cash", access=CREW, response=PaymentOut, summary="Take the money in cash")
def visit_cash(request: ApiRequest, ref: str) -> PaymentOut:
    """The whole charge, once."""
    paid = services.cash_take(visit_ref=ref, actor=request.actor, now=clock.now())
    return PaymentOut(ref=paid.ref, amount_minor=paid.amount_minor, status=paid.status)
