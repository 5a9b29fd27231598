"""Browser sessions: begun after proof, rotated then, and knowing how the proof was given."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest

from paidan.accounts.models import User

Proof = Literal["code", "password"]
BACKEND = "paidan.accounts.backends.PasswordBackend"
PROOF = "login_proof"
FRESH = timedelta(minutes=15)


def session_begin(request: HttpRequest, user: User, *, proof: Proof, now: datetime) -> None:
    """Log the user in: the session gets a new key, and what the browser held in it stays."""
    login(request, user, backend=BACKEND)
    request.session[PROOF] = {"by": proof, "at": now.isoformat()}


def session_end(request: HttpRequest) -> None:
    """Log out: the session and all that was in it are gone."""
    logout(request)


def session_outlives_password(request: HttpRequest, user: User) -> None:
    """After a new password this session goes on; all others of the user end by it."""
    update_session_auth_hash(request, user)


def proved_by_code_lately(request: HttpRequest, *, now: datetime) -> bool:
    """Whether a code from the phone opened this session within the last quarter of an hour.

    This is how a forgotten password is replaced: log in by code, set a new one.
    """
    proof = request.session.get(PROOF) or {}
    return proof.get("by") == "code" and now - datetime.fromisoformat(proof["at"]) <= FRESH


def client_address(request: HttpRequest) -> str:
    """The caller's network address, for rate limits; of IPv6 the network a household gets.

    A proxy on this machine is believed about whom it speaks for; nobody else is.
    """
    shown = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(shown)
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if address.is_loopback and forwarded:
            address = ip_address(forwarded)
    except ValueError:
        return shown
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False).network_address)
    return str(address)
