"""Browser sessions: begun after proof, rotated then, and knowing how the proof was given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Literal

from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest

from paidan.accounts.models import User
from paidan.accounts.selectors import has_second_factor, second_factor_is_required
from paidan.accounts.services.browsers import (
    browser_end_by_key,
    browser_note,
    browser_rename,
    browser_seen,
    browsers_end,
)

Proof = Literal["code", "password", "passkey", "identity"]
BACKEND = "paidan.accounts.backends.PasswordBackend"
PROOF = "login_proof"
PENDING = "login_pending"
FRESH = timedelta(minutes=15)
PENDING_LIFE = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=15)


def session_begin(request: HttpRequest, user: User, *, proof: Proof, now: datetime, second: str = "") -> None:
    """Log the user in: the session gets a new key, and what the browser held in it stays.

    Args:
        second: the second factor that was shown, empty for none.
    """
    request.session.pop(PENDING, None)
    login(request, user, backend=BACKEND)
    at = now.isoformat()
    request.session[PROOF] = {"by": proof, "at": at, "second": second, "seen": at}
    browser_note(
        user_id=user.pk,
        session_key=request.session.session_key or "",
        agent=request.headers.get("User-Agent", ""),
        address=client_address(request),
        now=now,
    )


def session_begin_or_ask(request: HttpRequest, user: User, *, proof: Proof, now: datetime) -> bool:
    """Log the user in, unless a second factor has to be shown first; then the session waits for it.

    Returns:
        Whether they are in.
    """
    if has_second_factor(user.pk):
        request.session.cycle_key()
        request.session[PENDING] = {"user_id": user.pk, "by": proof, "at": now.isoformat()}
        return False
    session_begin(request, user, proof=proof, now=now)
    return True


def pending_of(request: HttpRequest, *, now: datetime) -> tuple[User, Proof] | None:
    """Who has given the first proof in this browser within ten minutes, and how; the second is missing."""
    kept = request.session.get(PENDING)
    if not kept or now - datetime.fromisoformat(kept["at"]) > PENDING_LIFE:
        return None
    user = User.objects.select_related("role").filter(pk=kept["user_id"], is_active=True).first()
    return None if user is None else (user, kept["by"])


def session_end(request: HttpRequest) -> None:
    """Log out: the session and all that was in it are gone."""
    browser_end_by_key(request.session.session_key or "")
    logout(request)


def session_outlives_password(request: HttpRequest, user: User) -> None:
    """After a new password this session goes on; all others of the user end by it."""
    before = request.session.session_key or ""
    update_session_auth_hash(request, user)
    after = request.session.session_key or ""
    browser_rename(before=before, after=after)
    browsers_end(user_id=user.pk, but=after)


def session_second_factor_set(request: HttpRequest, *, kind: str) -> None:
    """Whoever has just set a second factor up in this session has shown it."""
    if PROOF in request.session:
        request.session[PROOF] = {**request.session[PROOF], "second": kind}


def session_seen(request: HttpRequest, *, now: datetime) -> None:
    """Note every quarter of an hour that this browser is in use."""
    proof = request.session.get(PROOF) or {}
    if "seen" in proof and now - datetime.fromisoformat(proof["seen"]) > SEEN_EVERY:
        request.session[PROOF] = {**proof, "seen": now.isoformat()}
        browser_seen(session_key=request.session.session_key or "", now=now)


def second_factor_is_owed(request: HttpRequest, user: User) -> bool:
    """Whether this session must set up a second factor before any door opens to it."""
    return second_factor_is_owed_in({PROOF: request.session.get(PROOF)}, user)


def second_factor_is_owed_in(content: Mapping[str, Any], user: User) -> bool:
    """The same, of what a session holds: for whoever reads sessions without a request, as the live stream does."""
    proof: dict[str, Any] | None = content.get(PROOF)
    return proof is not None and not proof.get("second") and second_factor_is_required(user.role.code)


def proved_by_code_lately(request: HttpRequest, *, now: datetime) -> bool:
    """Whether a code from the phone opened this session within the last quarter of an hour.

    This is how a forgotten password is replaced by somebody who is in: log in by code, set a new one.
    """
    return (request.session.get(PROOF) or {}).get("by") == "code" and proved_lately(request, now=now)


def proved_lately(request: HttpRequest, *, now: datetime) -> bool:
    """Whether this session began within the last quarter of an hour, however."""
    proof: dict[str, Any] | None = request.session.get(PROOF)
    return proof is not None and now - datetime.fromisoformat(proof["at"]) <= FRESH


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
