"""A few pages on the frame, so that it can be tried by itself."""

from __future__ import annotations

from django.db import OperationalError
from django.http import HttpResponse
from django.urls import include, path

from paidan.accounts.constants import LinkPurpose, Permission
from paidan.accounts.rules import OWN, may
from paidan.kernel.errors import Busy, Invalid, NotFound, Refused, TooMany
from paidan.web.components.access import PageRequest, page

REFUSALS = {
    "taken": Refused("Somebody was first."),
    "absent": NotFound(),
    "wrong": Invalid(fields={"name": "Too long."}),
    "often": TooMany(facts={"retry_after_seconds": 42}),
    "busy": Busy(),
}


@page(access=OWN, methods=("GET", "POST"))
def own(request: PageRequest) -> HttpResponse:
    return HttpResponse(request.actor.key)


@page(access=may(Permission.VIEW_REPORTS))
def reports(request: PageRequest) -> HttpResponse:
    return HttpResponse("reports")


@page(access=OWN, methods=("GET", "POST"))
def refused(request: PageRequest, kind: str) -> HttpResponse:
    raise REFUSALS[kind]


@page(access=OWN)
def gone(request: PageRequest) -> HttpResponse:
    raise OperationalError


@page(access=OWN.or_link(LinkPurpose.BOOKING))
def by_link(request: PageRequest, token: str) -> HttpResponse:
    return HttpResponse(request.actor.link_subject)


urlpatterns = [
    path("page/own/", own),
    path("page/reports/", reports),
    path("page/refused/<str:kind>/", refused),
    path("page/gone/", gone),
    path("page/link/<str:token>/", by_link),
    path("", include("paidan.config.urls")),
]
