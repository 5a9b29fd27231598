"""The full contact of an order: shown for a while to whoever says why."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.booking.services import booking_unmask, visit_unmask
from paidan.kernel import clock
from paidan.web.components.access import PageRequest, page

UNMASKERS = may(Permission.UNMASK_CUSTOMERS)


@page(access=UNMASKERS, methods=("POST",))
def visit_unmask_page(request: PageRequest, ref: str) -> HttpResponse:
    """From a visit's page."""
    visit_unmask(ref=ref, reason=request.POST.get("reason", ""), actor=request.actor, now=clock.now())
    return HttpResponseRedirect(reverse("desk:visit", args=[ref]), status=303)


@page(access=UNMASKERS, methods=("POST",))
def booking_unmask_page(request: PageRequest, ref: str) -> HttpResponse:
    """From a booking's page."""
    booking_unmask(ref=ref, reason=request.POST.get("reason", ""), actor=request.actor, now=clock.now())
    return HttpResponseRedirect(reverse("desk:booking", args=[ref]), status=303)
