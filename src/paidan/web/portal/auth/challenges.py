"""The proof of work inside the forms with which people get in."""

from __future__ import annotations

from django.http import HttpRequest

from paidan.accounts.errors import ChallengeNeeded
from paidan.accounts.services import challenge_for, challenge_pass
from paidan.accounts.sessions import client_address
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError


def proof_check(request: HttpRequest) -> None:
    """Before an attempt that may be one of very many.

    Raises:
        ChallengeNeeded: the browser has to work first.
    """
    challenge_pass(address=client_address(request), proof=request.POST.get("proof", ""), now=now())


def challenge_shown(
    request: HttpRequest, error: DomainError | None = None, *, keeps_all: bool = True
) -> dict[str, object]:
    """What ``challenge.html`` needs; nothing while this network is quiet.

    Args:
        error: why the form comes back.
        keeps_all: whether the form comes back with all that was typed, so that it can be sent by itself.
    """
    is_asked = isinstance(error, ChallengeNeeded)
    return {
        "challenge": challenge_for(address=client_address(request), now=now()),
        "challenge_is_asked": is_asked,
        "challenge_sends": is_asked and keeps_all,
    }
