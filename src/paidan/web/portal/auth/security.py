"""How one's account is protected: second factors, recovery codes, and the browsers that are logged in."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from paidan.accounts.errors import ProofTooOld
from paidan.accounts.login_providers import family_of, login_buttons, provider_name, provider_row
from paidan.accounts.rules import OWN
from paidan.accounts.selectors import (
    account_of,
    browsers_of,
    linked_providers,
    second_factor_is_required,
    second_factors_of,
)
from paidan.accounts.services import (
    app_remove,
    browser_end,
    browsers_end,
    passkey_remove,
    recovery_codes_make,
)
from paidan.accounts.sessions import proved_lately, session_end
from paidan.kernel.clock import now
from paidan.web.components.access import PageRequest, page
from paidan.web.portal.auth.browser_names import browser_name
from paidan.web.portal.auth.places import NEXT, base_of, landing_of, next_wanted


@page(access=OWN)
def security(request: PageRequest) -> HttpResponse:
    """What protects the account, and where it is logged in."""
    user_id = me(request)
    factors = second_factors_of(user_id)
    mine = account_of(user_id)
    context = {
        "factors": factors,
        "is_owed": second_factor_is_required(mine.role) and not factors.has_any,
        "is_fresh": proved_lately(request, now=now()),
        "browsers": [
            {"name": browser_name(one.agent), "row": one}
            for one in browsers_of(user_id, session_key=request.session.session_key or "", now=now())
        ],
        "third_parties": _third_parties(request, user_id),
        "next": next_wanted(request),
    }
    return shown(request, "portal/auth/security.html", context)


@page(access=OWN, methods=("POST",))
def security_app_remove(request: PageRequest) -> HttpResponse:
    """Log in without the authenticator app from now on."""
    check_fresh(request)
    app_remove(user_id=me(request))
    messages.success(request, _("The authenticator app is no longer asked for."))
    return _back()


@page(access=OWN, methods=("POST",))
def security_passkey_remove(request: PageRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey."""
    check_fresh(request)
    passkey_remove(user_id=me(request), passkey_id=passkey_id)
    messages.success(request, _("The passkey no longer opens your account."))
    return _back()


@page(access=OWN, methods=("POST",))
def security_codes(request: PageRequest) -> HttpResponse:
    """Make recovery codes and show them, this once."""
    check_fresh(request)
    return codes_shown(request)


@page(access=OWN, methods=("POST",))
def security_browser_end(request: PageRequest, browser_id: int) -> HttpResponse:
    """Log another browser out."""
    browser_end(user_id=me(request), browser_id=browser_id)
    messages.success(request, _("That browser is logged out."))
    return _back()


@page(access=OWN, methods=("POST",))
def security_browsers_end(request: PageRequest) -> HttpResponse:
    """Log all other browsers out."""
    browsers_end(user_id=me(request), but=request.session.session_key or "")
    messages.success(request, _("All other browsers are logged out."))
    return _back()


@page(access=OWN, methods=("POST",))
def log_in_again(request: PageRequest) -> HttpResponse:
    """Out and in again: what protects the account is changed only soon after a log-in."""
    session_end(request)
    query = urlencode({NEXT: reverse("portal:security")})
    return HttpResponseRedirect(f"{reverse('portal:login')}?{query}")


def codes_shown(request: PageRequest) -> HttpResponse:
    """A page with ten fresh recovery codes."""
    codes = recovery_codes_make(user_id=me(request))
    context = {"codes": codes, "next": next_wanted(request) or reverse("portal:security")}
    return shown(request, "portal/auth/recovery_codes.html", context)


def check_fresh(request: PageRequest) -> None:
    """Let pass only soon after a log-in.

    Raises:
        ProofTooOld: it is longer ago than a quarter of an hour.
    """
    if not proved_lately(request, now=now()):
        raise ProofTooOld


def me(request: PageRequest) -> int:
    """The reader's user id."""
    user_id = request.actor.user_id
    assert user_id is not None  # noqa: S101  # the rule OWN lets only users in
    return user_id


def shown(request: PageRequest, template: str, context: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """A page about the account, in the frame of the reader's face; never kept by a cache."""
    frame = {"base": base_of(request.actor.role), "landing": landing_of(request.actor.role)}
    response = render(request, template, {**frame, **context}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _third_parties(request: PageRequest, user_id: int) -> list[dict[str, object]]:
    """By whom one can log in, and by whom one could."""
    linked = linked_providers(user_id)
    offered = login_buttons(request.headers.get("User-Agent", ""))
    rows: list[dict[str, object]] = [
        {"code": code, "name": provider_name(provider_row(code)), "linked": row} for code, row in linked.items()
    ]
    rows += [{"code": one.code, "name": one.name} for one in offered if family_of(one.code) not in linked]
    return rows


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:security"), status=303)
