"""Changing one's mind: another time, or not at all; the price is shown before it is agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from paidan.booking.constants import REASON_LONGEST, CancelReason
from paidan.booking.errors import FeeChanged, TooLateToCancel
from paidan.booking.selectors import booking_detail, slots_for_booking
from paidan.booking.services import (
    Terms,
    booking_cancel,
    booking_compensation_choose,
    booking_hold_again,
    booking_reschedule,
    booking_reschedule_cost,
)
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError, Invalid
from paidan.kernel.timespan import TimeSpan
from paidan.web.components.access import PageRequest
from paidan.web.components.responses import is_fragment
from paidan.web.portal.holds import KeptHold, hold_forget, hold_give_back, hold_of, hold_remember, holder_key
from paidan.web.portal.links import BookingPages, booking_ref_of, order_page
from paidan.web.portal.orders import booking_context
from paidan.web.portal.times import Shown, nearest_of, times_shown, week_span, week_wanted, window_read

_STAFF_ONLY = frozenset({CancelReason.COMPANY})


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves a booking, and where: the page's template, the customer's link if any, and the booking's own page."""

    template: str
    token: str
    home: str


@order_page(methods=("GET", "POST"))
def booking_reschedule_page(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """Free times for the booking; the one chosen is kept, then agreed to."""
    ref = booking_ref_of(request, ref)
    home = BookingPages.of(ref, token=token, visit_ref="").page
    return time_change(request, ref, Mover("portal/reschedule.html", token, home))


def time_change(request: PageRequest, ref: str, mover: Mover) -> HttpResponse:
    """Another time for a booking, on the customer's page and on the desk's."""
    step, _colon, week = request.POST.get("step", "").partition(":")
    if step == "hold":
        return _hold(request, ref, mover)
    if request.method == "POST" and step != "times":
        return _move(request, ref, mover)
    return _times_page(request, ref, mover, week=week)


def _hold(request: PageRequest, ref: str, mover: Mover) -> HttpResponse:
    window = window_read(request.POST.get("window", ""))
    if window is None:
        return _times_page(request, ref, mover)
    try:
        hold = _held(request, ref, window)
    except DomainError as error:
        return _times_page(request, ref, mover, week=request.POST.get("week", ""), lost=error)
    if not is_fragment(request):
        return _times_page(request, ref, mover, week=request.POST.get("week", ""))
    detail = booking_detail(request.actor, ref, now=now())
    return render(request, "portal/_hold.html", {"hold": hold, "zone": detail.row.time_zone})


def _held(request: PageRequest, ref: str, window: TimeSpan) -> KeptHold:
    at = now()
    view = booking_hold_again(ref=ref, window=window, holder_key=holder_key(request), actor=request.actor, now=at)
    return hold_remember(request, ref, view, now=at)


def _move(request: PageRequest, ref: str, mover: Mover) -> HttpResponse:
    """Agree to the new time; without a script the window is kept at this very moment."""
    window = window_read(request.POST.get("window", ""))
    hold = hold_of(request, ref, now=now())
    try:
        if window is None and hold is None:
            raise Invalid(fields={"window": _("Please choose a time.")})
        if hold is None or (window is not None and hold.window != window):
            hold = _held(request, ref, window) if window is not None else hold
        booking_reschedule(
            ref=ref,
            hold_ref=hold.ref if hold else "",
            holder_key=holder_key(request),
            actor=request.actor,
            now=now(),
            terms=Terms(agreed_fee_minor=_agreed(request)),
        )
    except FeeChanged as error:
        return _times_page(request, ref, mover, week=request.POST.get("week", ""), lost=error)
    except DomainError as error:
        hold_give_back(request, ref, now=now())
        return _times_page(request, ref, mover, week=request.POST.get("week", ""), lost=error)
    hold_forget(request, ref)
    messages.success(request, _("The new time is agreed."))
    return HttpResponseRedirect(mover.home, status=303)


def _times_page(
    request: PageRequest, ref: str, mover: Mover, *, week: str = "", lost: DomainError | None = None
) -> HttpResponse:
    at, number = now(), week_wanted(week)
    detail = booking_detail(request.actor, ref, now=at)
    span, hold = week_span(number, at), hold_of(request, ref, now=at)
    free = slots_for_booking(request.actor, ref, start=max(span.start, at), end=span.end, now=at)
    times = times_shown(free, week=number, chosen=hold.window if hold else None, now=at, shown=Shown.of(request.POST))
    sentences = dict.fromkeys(map(str, lost.fields.values())) if lost else {}
    may_move = "reschedule" in detail.actions
    context = booking_context(
        detail,
        token=mover.token,
        cost=booking_reschedule_cost(ref=ref, actor=request.actor, now=at) if may_move else None,
        times=times,
        hold=hold,
        zone=times.time_zone,
        lost=(" ".join(sentences) or str(lost)) if lost else "",
        nearest=nearest_of(lost.facts, times.time_zone) if lost else (),
        may_move=may_move,
    )
    template = "portal/_times.html" if is_fragment(request) else mover.template
    response = render(request, template, context, status=lost.status if lost else 200)
    if lost:
        response["HX-Retarget"] = "#times"
    return response


@order_page(methods=("GET", "POST"))
def booking_cancel_page(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """What cancelling costs now, the reason, and the button; or why it is too late."""
    ref = booking_ref_of(request, ref)
    if request.method != "POST":
        return _cancel_page(request, ref, token)
    try:
        booking_cancel(
            ref=ref,
            reason=request.POST.get("reason", ""),
            text=request.POST.get("text", ""),
            actor=request.actor,
            now=now(),
            agreed_fee_minor=_agreed(request),
        )
    except (Invalid, FeeChanged) as error:
        faults = {name: str(sentence) for name, sentence in error.fields.items()} or {"fee": str(error)}
        return _cancel_page(request, ref, token, faults=faults, status=error.status)
    messages.success(request, _("The booking is cancelled."))
    return HttpResponseRedirect(BookingPages.of(ref, token=token, visit_ref="").page, status=303)


def _agreed(request: PageRequest) -> int:
    """The fee that stood on the page; who saw none agreed to none."""
    agreed = request.POST.get("agreed", "")[:12]
    return int(agreed) if agreed.isascii() and agreed.isdecimal() else 0


def _reasons(window: TimeSpan, at: datetime) -> list[tuple[str, StrOrPromise]]:
    """Why a customer may cancel; that nobody came can be said once the promised time is over."""
    unsaid = _STAFF_ONLY if at >= window.end else _STAFF_ONLY | {CancelReason.NOBODY_CAME}
    return [(str(one), one.label) for one in CancelReason if one not in unsaid]


@order_page(methods=("POST",))
def booking_compensation(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """Take what is due as credit or as money."""
    wanted = booking_ref_of(request, ref)
    booking_compensation_choose(
        ref=wanted,
        compensation_ref=request.POST.get("compensation", ""),
        as_credit=request.POST.get("as", "") != "money",
        actor=request.actor,
        now=now(),
    )
    messages.success(request, _("Thank you. We have noted your choice."))
    return HttpResponseRedirect(BookingPages.of(wanted, token=token, visit_ref="").page, status=303)


def _cancel_page(
    request: PageRequest, ref: str, token: str, *, faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    at, reason, cost = now(), request.POST.get("reason", ""), None
    try:
        cost = booking_cancel(ref=ref, reason=reason, actor=request.actor, now=at, preview=True)
    except TooLateToCancel as error:
        faults, status = {"late": str(error)}, error.status
    detail = booking_detail(request.actor, ref, now=at)
    context = booking_context(
        detail,
        token=token,
        cost=cost,
        reasons=_reasons(detail.row.window, at),
        reason=reason,
        text=request.POST.get("text", ""),
        faults=faults or {},
        text_longest=REASON_LONGEST,
    )
    return render(request, "portal/cancel.html", context, status=status)
