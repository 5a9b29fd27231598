"""The portal's first page: what do you need?"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from paidan.accounts.constants import RoleCode
from paidan.accounts.rules import PUBLIC, only
from paidan.booking.constants import BookingGroup
from paidan.booking.selectors import BookingFilter, BookingRow, bookings_list
from paidan.catalog.selectors import ServiceTypeRow, service_items_match, service_types
from paidan.kernel.actors import Actor
from paidan.kernel.plain_text import text_fault
from paidan.web.components.access import PageRequest, page
from paidan.web.components.responses import is_fragment

NEED_LONGEST = 400
SHOWN_LIVE = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service that a free text may mean, with what helps to decide."""

    code: str
    name: str
    type_name: str
    icon: str
    price_minor: int
    price_kind: str
    duration_minutes: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the page answers to a free text."""

    items: tuple[Suggestion, ...] = ()
    question: str = ""
    fault: str = ""
    is_asked: bool = False


@page(access=PUBLIC, methods=("GET", "POST"))
def home(request: PageRequest) -> HttpResponse:
    """Free text, everything on offer, and one's own live bookings."""
    text = request.POST.get("text", "")
    types = service_types()
    found = _suggestions(text, types)
    status = 422 if found.fault else 200
    if is_fragment(request):
        return render(request, "portal/_suggestions.html", {"found": found}, status=status)
    context = {
        "text": text,
        "found": found,
        "types": types,
        "live": _live(request.actor),
        "longest": NEED_LONGEST,
    }
    return render(request, "portal/home.html", context, status=status)


@page(access=only(RoleCode.CUSTOMER))
def home_live(request: PageRequest) -> HttpResponse:
    """One's own live bookings alone, for the part of the page that renews itself."""
    return render(request, "portal/_live_bookings.html", {"live": _live(request.actor)})


def _live(actor: Actor) -> tuple[BookingRow, ...]:
    """The next bookings of a customer, what waits for them first; nothing for anybody else."""
    if actor.role != RoleCode.CUSTOMER:
        return ()
    groups = (BookingGroup.PENDING, BookingGroup.CONFIRMED)
    rows = [
        row
        for group in groups
        for row in bookings_list(actor, which=BookingFilter(group=str(group)), limit=SHOWN_LIVE).items
    ]
    return tuple(sorted(rows, key=lambda row: row.window.start)[:SHOWN_LIVE])


def _suggestions(text: str, types: tuple[ServiceTypeRow, ...]) -> Suggestions:
    if not text.strip():
        return Suggestions()
    fault = text_fault(text, longest=NEED_LONGEST)
    if fault:
        return Suggestions(fault=fault, is_asked=True)
    match = service_items_match(text)
    sold = {item.code: (item, kind.icon) for kind in types for item in kind.items}
    found = tuple(
        Suggestion(
            code=one.code,
            name=one.name,
            type_name=one.type_name,
            icon=sold[one.code][1],
            price_minor=sold[one.code][0].price_minor,
            price_kind=sold[one.code][0].price_kind,
            duration_minutes=sold[one.code][0].duration_minutes,
            confidence=one.confidence,
        )
        for one in match.items
        if one.code in sold
    )
    question = match.question or ("" if found else _("Please say what needs doing in other words."))
    return Suggestions(items=found, question=question, is_asked=True)
