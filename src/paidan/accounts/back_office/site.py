"""The site under ``/admin/``: one log-in for the whole product, opened by permissions of our own matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from paidan.accounts.back_office import BACK_OFFICE, may_open_back_office
from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.middleware import actor_of_request
from paidan.accounts.rules import AccessRule, may, only


def rule_of_view(view: Callable[..., Any]) -> AccessRule:
    """Who may open a view of the back office: of a table its editors, else whoever may open the site.

    Tables of libraries ask Django's own rights, which only administrators hold.
    """
    table = getattr(view, "model_admin", None)
    if table is None:
        return BACK_OFFICE
    permission: Permission | None = getattr(table, "edited_with", None)
    return only(RoleCode.ADMINISTRATOR) if permission is None else may(permission)


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """Django's admin with our doors."""

    def has_permission(self, request: HttpRequest) -> bool:
        return may_open_back_office(actor_of_request(request))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Passwords are changed in one place, under one policy."""
        return HttpResponseRedirect(reverse("portal:account"))
