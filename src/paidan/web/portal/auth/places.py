"""Where people go after log-in."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from paidan.accounts.constants import RoleCode

NEXT = "next"
LANDINGS = {
    RoleCode.CUSTOMER: "/",
    RoleCode.TECHNICIAN: "/crew/",
    RoleCode.TEAM_LEAD: "/crew/",
    RoleCode.DISPATCHER: "/desk/",
    RoleCode.CUSTOMER_SERVICE: "/desk/",
    RoleCode.MANAGER: "/office/",
    RoleCode.ADMINISTRATOR: "/office/",
}
BASES = {
    RoleCode.TECHNICIAN: "crew_base.html",
    RoleCode.TEAM_LEAD: "crew_base.html",
    RoleCode.DISPATCHER: "desk_base.html",
    RoleCode.CUSTOMER_SERVICE: "desk_base.html",
    RoleCode.MANAGER: "office_base.html",
    RoleCode.ADMINISTRATOR: "office_base.html",
}


def landing_of(role: str) -> str:
    """The first page of a role's face."""
    return LANDINGS[RoleCode(role)] if role in RoleCode else "/"


def base_of(role: str) -> str:
    """The base template of a role's face."""
    return BASES.get(RoleCode(role), "portal_base.html") if role in RoleCode else "portal_base.html"


def next_wanted(request: HttpRequest) -> str:
    """Where the reader was going, if that is a page of ours; else empty."""
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT, "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def after_login(request: HttpRequest) -> str:
    """On to where the reader was going, else to the start page of the role."""
    return next_wanted(request) or reverse("web:start")
