"""A booking at the desk: the doubtful ones are decided here, any can be called off for the customer."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import STAFF_ROLES, Permission
from paidan.accounts.rules import may, only
from paidan.booking import services
from paidan.booking.constants import CancelReason
from paidan.booking.errors import FeeChanged
from paidan.booking.selectors import booking_detail
from paidan.booking.services import ReviewVerdict
from paidan.kernel import clock
from paidan.kernel.errors import Invalid
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.portal.changing import Mover, time_change
from paidan.web.portal.conversing import converse
from paidan.web.portal.plans import PlanFace, plan_new, plan_shown

_AMOUNT = re.compile(r"[0-9]{1,9}")


@page(access=only(*STAFF_ROLES))
def booking(request: PageRequest, ref: str) -> HttpResponse:
    """The order, its findings, its visits and its money."""
    context = {"booking": booking_detail(request.actor, ref, now=clock.now())}
    return render(request, "desk/_booking.html" if is_fragment(request) else "desk/booking.html", context)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("POST",))
def booking_decide(request: PageRequest, ref: str) -> HttpResponse:
    """Approve, reject or ask; a missing text keeps the form as it was."""
    text, fields = request.POST.get("text", ""), request.POST.getlist("field")
    try:
        verdict = _verdict_read(request.POST.get("verdict", ""))
        services.booking_review_decide(
            ref=ref, verdict=verdict, text=text, fields=fields, actor=request.actor, now=clock.now()
        )
    except Invalid as error:
        context = {
            "booking": booking_detail(request.actor, ref, now=clock.now()),
            "text": text,
            "fields": fields,
            "text_error": error.fields.get("text", ""),
        }
        return render(request, "desk/booking.html", context, status=422)
    messages.success(request, _("Decided. The customer has been told."))
    return HttpResponseRedirect(reverse("desk:booking", args=[ref]), status=303)


def _verdict_read(text: str) -> ReviewVerdict:
    """
    Raises:
        Invalid: there is no such verdict; said beside the words, which stay.
    """
    if text not in set(ReviewVerdict):
        raise Invalid(fields={"text": _("Please choose what to do.")})
    return ReviewVerdict(text)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("POST",))
def booking_call(request: PageRequest, ref: str) -> HttpResponse:
    """What came of calling a customer who had not confirmed the time; a refusal keeps the note."""
    text = request.POST.get("text", "")
    try:
        services.booking_call_record(
            ref=ref, outcome=request.POST.get("outcome", ""), text=text, actor=request.actor, now=clock.now()
        )
    except Invalid as error:
        context = {
            "booking": booking_detail(request.actor, ref, now=clock.now()),
            "call_text": text,
            "call_error": " ".join(map(str, error.fields.values())),
        }
        return render(request, "desk/booking.html", context, status=422)
    messages.success(request, _("Noted. The entry has left the worklist."))
    return HttpResponseRedirect(reverse("desk:booking", args=[ref]), status=303)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("GET", "POST"))
def booking_reschedule(request: PageRequest, ref: str) -> HttpResponse:
    """Another time, agreed with the customer on the phone."""
    return time_change(request, ref, Mover("desk/reschedule.html", "", reverse("desk:booking", args=[ref])))


DESK_PLANS = PlanFace("desk_base.html", "desk:booking", "desk:plan")


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("GET", "POST"))
def booking_repeat(request: PageRequest, ref: str) -> HttpResponse:
    """A recurring plan, agreed with the customer on the phone."""
    return plan_new(request, ref, DESK_PLANS)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("GET", "POST"))
def plan(request: PageRequest, ref: str) -> HttpResponse:
    """A recurring plan with its days."""
    return plan_shown(request, ref, DESK_PLANS)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("POST",))
def booking_refund(request: PageRequest, ref: str) -> HttpResponse:
    """The refund of a compensation has been paid out."""
    services.booking_refund_paid(
        ref=ref,
        compensation_ref=request.POST.get("compensation", ""),
        actor=request.actor,
        now=clock.now(),
    )
    messages.success(request, _("Noted: the refund is paid out."))
    return HttpResponseRedirect(reverse("desk:booking", args=[ref]), status=303)


@page(access=may(Permission.CHANGE_BOOKINGS), methods=("GET", "POST"))
def booking_cancel(request: PageRequest, ref: str) -> HttpResponse:
    """Call a booking off; the price stands on the page before anything happens."""
    reason = request.POST.get("reason", "") if request.method == "POST" else CancelReason.CHANGED_MIND
    text = request.POST.get("text", "")
    agreed = request.POST.get("agreed", "")
    context: dict[str, object] = {"ref": ref, "reasons": CancelReason.choices, "reason": reason, "text": text}
    if _AMOUNT.fullmatch(agreed):
        try:
            services.booking_cancel(
                ref=ref,
                reason=reason,
                text=text,
                actor=request.actor,
                now=clock.now(),
                agreed_fee_minor=int(agreed),
            )
        except Invalid as error:
            context["errors"] = error.fields
        except FeeChanged as error:
            context["errors"] = {"fee": str(error)}
        else:
            messages.success(request, _("Called off. Everybody concerned has been told."))
            return HttpResponseRedirect(reverse("desk:booking", args=[ref]), status=303)
    context["cost"] = services.booking_cancel(
        ref=ref, reason=reason, actor=request.actor, now=clock.now(), preview=True
    )
    return render(request, "desk/cancel.html", context, status=422 if "errors" in context else 200)


@page(access=only(*STAFF_ROLES), methods=("GET", "POST"))
def booking_conversation(request: PageRequest, ref: str) -> HttpResponse:
    """What the customer wrote, and our answer."""
    return converse(request, ref, base="desk_base.html")
