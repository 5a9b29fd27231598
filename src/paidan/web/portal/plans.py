"""Recurring plans on the customer's pages and the desk's: agreed to, looked at, changed (B9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from paidan.accounts.constants import LinkPurpose
from paidan.booking import services
from paidan.booking.errors import PlanChanged, PriceChanged
from paidan.booking.selectors import booking_detail, plan_view
from paidan.kernel.actors import ActorKind
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.web.components.access import PageRequest
from paidan.web.portal.links import CUSTOMER, order_page
from paidan.web.portal.plan_forms import PlanChangeForm, PlanForm
from paidan.web.portal.times import window_read

OWN_PLAN = CUSTOMER.or_link(LinkPurpose.PLAN)


@dataclass(frozen=True, slots=True)
class PlanFace:
    """Where plans are looked at: the base template, and the routes of a booking and of a plan."""

    base: str
    booking: str
    plan: str
    token: str = ""

    def plan_url(self, ref: str) -> str:
        return reverse("portal:plan-link", args=[self.token]) if self.token else reverse(self.plan, args=[ref])


PORTAL = PlanFace("portal_base.html", "portal:booking", "portal:plan")


@order_page(access=CUSTOMER, methods=("GET", "POST"))
def plan_new_page(request: PageRequest, ref: str) -> HttpResponse:
    """Repeat a booking: how often, what comes of it, and the agreement."""
    return plan_new(request, ref, PORTAL)


@order_page(access=OWN_PLAN, methods=("GET", "POST"))
def plan_page(request: PageRequest, ref: str = "", token: str = "") -> HttpResponse:
    """A plan with its days, and what may be done with it."""
    if request.actor.kind is ActorKind.LINK:
        return plan_shown(request, request.actor.link_subject, PlanFace(PORTAL.base, "", "", token))
    return plan_shown(request, ref, PORTAL)


def plan_new(request: PageRequest, ref: str, face: PlanFace) -> HttpResponse:
    """Ask how often, show the next visits with the price, then agree."""
    booking = booking_detail(request.actor, ref, now=now())
    if booking.plan_ref:
        return HttpResponseRedirect(face.plan_url(booking.plan_ref), status=303)
    first = booking.row.window.start.astimezone(ZoneInfo(booking.row.time_zone)).date()
    form, fault, offer = PlanForm(request.POST or None), "", None
    asked = form.asked(first) if request.method == "POST" else None
    try:
        if asked is not None:
            offer = services.plan_offer(ref=ref, asked=asked, actor=request.actor, now=now())
        if asked is not None and request.POST.get("step") == "agree":
            plan_ref = services.plan_create(
                ref=ref, asked=asked, agreed_price_minor=_agreed(request), actor=request.actor, now=now()
            )
            messages.success(request, _("Agreed. We book each visit ahead and tell you every time."))
            return HttpResponseRedirect(face.plan_url(plan_ref), status=303)
    except PlanChanged as error:
        return HttpResponseRedirect(face.plan_url(str(error.facts.get("plan", ""))), status=303)
    except (PriceChanged, DomainError) as error:
        fault = str(error)
    context = {
        "base": face.base,
        "booking": booking,
        "back": reverse(face.booking, args=[ref]),
        "form": form,
        "offer": offer,
        "fault": fault,
    }
    faulty = fault or (request.method == "POST" and asked is None)
    return render(request, "portal/plan_new.html", context, status=422 if faulty else 200)


def _agreed(request: PageRequest) -> int:
    agreed = request.POST.get("agreed", "")[:12]
    return int(agreed) if agreed.isascii() and agreed.isdecimal() else -1


def plan_shown(request: PageRequest, ref: str, face: PlanFace) -> HttpResponse:
    """A plan's page; a refusal says why and changes nothing."""
    step, _colon, day = request.POST.get("step", "").partition(":")
    form = PlanChangeForm(request.POST if step == "change" else None)
    if request.method != "POST":
        return _plan(request, ref, face, form)
    try:
        sentence = _done(request, ref, step, _day_read(day), form)
    except DomainError as error:
        fault = " ".join(map(str, error.fields.values())) or str(error)
        return _plan(request, ref, face, form, fault=fault, status=error.status)
    if not sentence:
        return _plan(request, ref, face, form, status=422)
    messages.success(request, sentence)
    return HttpResponseRedirect(face.plan_url(ref), status=303)


def _done(request: PageRequest, ref: str, step: str, day: date | None, form: PlanChangeForm) -> str:
    """Take a step; what to say when it is done, nothing when the form is wrong."""
    at, actor = now(), request.actor
    if step == "pause":
        services.plan_pause(ref=ref, actor=actor, now=at)
        return _("Paused. What is booked already stays.")
    if step == "resume":
        services.plan_resume(ref=ref, actor=actor, now=at)
        return _("It goes on.")
    if step == "end":
        services.plan_end(ref=ref, actor=actor, now=at)
        return _("Ended. What is booked already stays.")
    if step == "price":
        services.plan_price_agree(ref=ref, agreed_price_minor=_agreed(request), actor=actor, now=at)
        return _("Agreed. We book each visit ahead and tell you every time.")
    if step == "change":
        return _changed(request, ref, form, at)
    return _day_done(request, ref, step, day, at)


def _day_done(request: PageRequest, ref: str, step: str, day: date | None, at: datetime) -> str:
    window = window_read(request.POST.get("window", ""))
    if step == "skip" and day is not None:
        services.plan_day_skip(ref=ref, day=day, actor=request.actor, now=at)
        return _("Left out.")
    if step == "place" and day is not None and window is not None:
        services.plan_day_place(ref=ref, day=day, window=window, actor=request.actor, now=at)
        return _("Booked. You find it among your bookings.")
    return ""


def _changed(request: PageRequest, ref: str, form: PlanChangeForm, at: datetime) -> str:
    if not form.is_valid():
        return ""
    first = form.cleaned_data["first"]
    asked = form.asked(first)
    if asked is None:
        return ""
    services.plan_change_from(
        ref=ref, day=first, asked=asked, start=form.cleaned_data["start"], first=first, actor=request.actor, now=at
    )
    return _("Changed. What is booked already stays at its time.")


def _day_read(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plan(
    request: PageRequest, ref: str, face: PlanFace, form: PlanChangeForm, *, fault: str = "", status: int = 200
) -> HttpResponse:
    plan = plan_view(request.actor, ref, now=now())
    context = {
        "base": face.base,
        "plan": plan,
        "row": plan.row,
        "days": [{"day": one, "url": _booking_url(face, one.booking_ref)} for one in plan.days],
        "form": form,
        "fault": fault,
    }
    return render(request, "portal/plan.html", context, status=status)


def _booking_url(face: PlanFace, ref: str) -> str:
    return reverse(face.booking, args=[ref]) if ref and face.booking else ""
