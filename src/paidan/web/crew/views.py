"""The technician's pages: the hall, the day, one visit, oneself."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.accounts.services import GRABS, attempt_take
from paidan.dispatch import services as dispatch
from paidan.dispatch.selectors import hall_for
from paidan.fieldwork.selectors import my_day, my_open_visits, visit_for_crew
from paidan.kernel import clock
from paidan.kernel.errors import NotFound, Refused, TooMany
from paidan.visits.constants import VisitStatus
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment
from paidan.web.crew.navigation import navigation_links
from paidan.workforce import selectors as workforce

ACTION_ICONS = {
    "accept": "check",
    "decline": "x",
    "depart": "navigation",
    "arrive": "map-pin",
    "start": "player-play",
    "finish": "checks",
    "hold": "player-pause",
    "resume": "player-play",
    "fail": "ban",
    "take_cash": "cash",
}
NEAR = timedelta(days=366)
STEPS_AT_ONCE = ("depart", "arrive", "start", "resume")


def action_label(action: str) -> str:
    """What the button says."""
    return {
        "accept": _("Accept"),
        "decline": _("Decline…"),
        "depart": _("I am setting off"),
        "arrive": _("I have arrived"),
        "start": _("Begin the work"),
        "finish": _("Finish…"),
        "hold": _("Pause…"),
        "resume": _("Go on"),
        "fail": _("Cannot be done…"),
        "take_cash": _("Take cash…"),
    }[action]


def _hall_topics(request: PageRequest) -> str:
    if request.actor.user_id is None:
        return ""
    territories = workforce.territories_of_user(request.actor.user_id, now=clock.now())
    return " ".join(f"hall:{territory}" for territory in sorted(territories))


@page(access=may(Permission.GRAB_OFFERS))
def hall(request: PageRequest) -> HttpResponse:
    """Only what this technician may take, urgent first."""
    context = {"offers": hall_for(request.actor, now=clock.now()), "topics": _hall_topics(request)}
    return render(request, "crew/_hall.html" if is_fragment(request) else "crew/hall.html", context)


@page(access=may(Permission.GRAB_OFFERS), methods=("POST",))
def grab(request: PageRequest, ref: str) -> HttpResponse:
    """Grab: to the visit when won, back to the hall with the reason when not."""
    try:
        attempt_take(GRABS, actor=request.actor, now=clock.now())
        won = dispatch.offer_grab(offer_ref=ref, actor=request.actor, now=clock.now())
    except (Refused, NotFound, TooMany) as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("crew:hall"), status=303)
    messages.success(request, _("It is yours."))
    return HttpResponseRedirect(reverse("crew:visit", args=[won.visit_ref]), status=303)


def _day_asked(request: PageRequest) -> date:
    """The day of the query within a year of today; today for anything else."""
    today = timezone.localdate(clock.now())
    try:
        chosen = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return chosen if abs(chosen - today) <= NEAR else today


@page(access=may(Permission.EXECUTE_VISITS))
def day(request: PageRequest) -> HttpResponse:
    """What is to be accepted, the visits of a day in their order, and what comes after."""
    chosen = _day_asked(request)
    open_visits = my_open_visits(request.actor, now=clock.now())
    rows = my_day(request.actor, chosen, now=clock.now())
    shown = {row.ref for row in rows}
    context = {
        "chosen": chosen,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1),
        "to_accept": [row for row in open_visits if row.status == VisitStatus.ASSIGNED],
        "rows": [row for row in rows if row.status != VisitStatus.ASSIGNED],
        "later": [row for row in open_visits if row.ref not in shown and row.status != VisitStatus.ASSIGNED],
        "topic": f"user:{request.actor.user_id}",
    }
    return render(request, "crew/_day.html" if is_fragment(request) else "crew/day.html", context)


@page(access=may(Permission.EXECUTE_VISITS))
def visit(request: PageRequest, ref: str) -> HttpResponse:
    """One visit with everything needed at the door."""
    template = "crew/_visit.html" if is_fragment(request) else "crew/visit.html"
    return render(request, template, visit_context(request, ref))


def visit_context(request: PageRequest, ref: str) -> dict[str, object]:
    """What the visit page shows."""
    detail = visit_for_crew(request.actor, ref, now=clock.now())
    contact = detail.row.contact
    links = navigation_links(contact.place, contact.address_text) if contact.place is not None else ()
    return {
        "visit": detail,
        "row": detail.row,
        "links": links,
        "timeline": [
            {"label": entry.label, "state": "done", "at": entry.at, "note": entry.text} for entry in detail.timeline
        ],
        "actions": [
            {
                "code": action,
                "label": action_label(action),
                "icon": ACTION_ICONS[action],
                "url": _action_url(action, ref),
                "is_at_once": action in STEPS_AT_ONCE or action == "accept",
            }
            for action in detail.actions
        ],
    }


def _action_url(action: str, ref: str) -> str:
    if action in STEPS_AT_ONCE:
        return reverse("crew:step", args=[ref, action])
    return reverse(f"crew:{'cash' if action == 'take_cash' else action}", args=[ref])


@page(access=may(Permission.EXECUTE_VISITS))
def me(request: PageRequest) -> HttpResponse:
    """Who one is here: skills, shifts, rating."""
    return render(request, "crew/me.html", {"own": workforce.own_page(request.actor, now=clock.now())})
