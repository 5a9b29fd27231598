"""What a message is about: plain facts kept with the delivery, and the people it may concern.

Facts hold no name, phone or address of a customer: what a delivery says about them is looked up when
it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from paidan.booking.models import Booking, RecurringPlan
from paidan.customers.models import Customer
from paidan.visits.models import Visit, VisitStep
from paidan.workforce.models import Technician
from paidan.worklist.models import WorkItem

_VISITS = Visit.objects.select_related("item_version", "territory")
_BOOKINGS = Booking.objects.select_related("territory", "address")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that happened, as far as messages need it."""

    ref: str
    params: dict[str, Any] = field(default_factory=dict)
    customer: Customer | None = None
    technician: Technician | None = None
    visit: Visit | None = None
    territory_id: int | None = None


def visit_subject(visit_id: int, technician_id: int | None) -> Subject:
    """A visit and the technician a step of it concerns."""
    visit = _VISITS.select_related("customer__user").get(pk=visit_id)
    technician = _technician(technician_id)
    params = _visit_params(visit)
    if technician is not None:
        params |= {"technician": technician.name, "staff_number": technician.staff_number}
    return Subject(
        ref=visit.ref,
        params=params,
        customer=visit.customer,
        technician=technician,
        visit=visit,
        territory_id=visit.territory_id,
    )


def booking_subject(booking_id: int, technician_id: int | None) -> Subject:
    """A booking, its customer, and the technician a change takes the visit from."""
    booking = _BOOKINGS.select_related("customer__user").get(pk=booking_id)
    return Subject(
        ref=booking.ref,
        params=_booking_params(booking),
        customer=booking.customer,
        technician=_technician(technician_id),
        territory_id=booking.territory_id,
    )


def plan_subject(plan_id: int, window_start: str, window_end: str) -> Subject:
    """A day of a recurring plan that needs another time, and its customer."""
    plan = RecurringPlan.objects.select_related("customer__user", "territory", "address", "item").get(pk=plan_id)
    newest = plan.item.versions.order_by("-version").first()
    params = {
        "plan_ref": plan.ref,
        "item": newest.name if newest is not None else {},
        "window_start": window_start,
        "window_end": window_end,
        "zone": plan.territory.time_zone,
        "district": plan.address.district,
    }
    return Subject(ref=plan.ref, params=params, customer=plan.customer, territory_id=plan.territory_id)


def work_subject(work_ref: str) -> Subject:
    """A work item, its facts as they are now, and the visit or booking it is about."""
    work = WorkItem.objects.get(ref=work_ref)
    params = {"work_ref": work.ref, "work_kind": work.kind, "work_facts": work.facts}
    return Subject(
        ref=work.subject_ref,
        params={**_params_about(work.subject_ref), **params},
        territory_id=work.territory_id,
    )


def step_reason(visit_id: int, action: str) -> str:
    """The reason given with the latest such step of a visit, by its code."""
    step = VisitStep.objects.filter(visit=visit_id, action=action).order_by("-at", "-pk").first()
    return str(step.data.get("reason", "")) if step is not None else ""


def _params_about(ref: str) -> dict[str, Any]:
    """What a ref of any kind is about; nothing for what is neither a visit nor a booking."""
    if visit := _VISITS.filter(ref=ref).first():
        return _visit_params(visit)
    if booking := _BOOKINGS.filter(ref=ref).first():
        return _booking_params(booking)
    return {}


def _visit_params(visit: Visit) -> dict[str, Any]:
    return {
        "visit_ref": visit.ref,
        "booking_ref": visit.booking_ref,
        "item": visit.item_version.name,
        "window_start": visit.window_start_at.isoformat(),
        "window_end": visit.window_end_at.isoformat(),
        "zone": visit.territory.time_zone,
        "district": visit.district,
        "pay_minor": visit.pay_minor,
    }


def _booking_params(booking: Booking) -> dict[str, Any]:
    return {
        "booking_ref": booking.ref,
        "item": booking.item_name,
        "window_start": booking.window_start_at.isoformat(),
        "window_end": booking.window_end_at.isoformat(),
        "zone": booking.territory.time_zone if booking.territory else settings.TIME_ZONE,
        "district": booking.address.district,
        "fee_minor": max(0, booking.cancel_fee_minor),
    }


def _technician(technician_id: int | None) -> Technician | None:
    if technician_id is None:
        return None
    return Technician.objects.select_related("user").get(pk=technician_id)
