"""An identity that a provider vouches for, until whoever brought it shows which account is theirs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from paidan.accounts.errors import IdentityTaken
from paidan.accounts.login_providers import login_buttons, provider_name, provider_row
from paidan.accounts.questions import waiting_forget, waiting_identity
from paidan.accounts.services import identity_link
from paidan.kernel.clock import now


def third_parties(request: HttpRequest) -> dict[str, object]:
    """What the log-in pages say about third parties: whom one may come by, and by whom somebody has come."""
    waiting = waiting_identity(request, now=now())
    if waiting is None:
        return {"login_buttons": login_buttons(request.headers.get("User-Agent", ""))}
    arrived = {"provider": provider_name(provider_row(waiting.provider)), "name": waiting.proven.name}
    return {"login_buttons": (), "arrived": arrived}


def waiting_linked(request: HttpRequest, *, user_id: int) -> None:
    """Link the identity that waits to the account that its owner has just proved, and say so."""
    waiting = waiting_identity(request, now=now())
    waiting_forget(request)
    if waiting is None:
        return
    names = {"provider": provider_name(provider_row(waiting.provider))}
    try:
        identity_link(user_id=user_id, provider=waiting.provider, proven=waiting.proven, now=now())
    except IdentityTaken as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("From now on you can log in with %(provider)s.") % names)


def name_arrived(request: HttpRequest) -> str:
    """What somebody is called where they come from, as a first proposal."""
    waiting = waiting_identity(request, now=now())
    return waiting.proven.name[:80] if waiting else ""
