"""How busy the territories are: one's own with a way in, the neighbours as totals."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from paidan.accounts.constants import STAFF_ROLES
from paidan.accounts.rules import only
from paidan.dispatch.selectors import territory_loads
from paidan.kernel import clock
from paidan.web.components.access import PageRequest, page


@page(access=only(*STAFF_ROLES))
def loads(request: PageRequest) -> HttpResponse:
    """Who is on duty and what is open, today."""
    return render(request, "desk/territories.html", {"rows": territory_loads(request.actor, now=clock.now())})
